"""The best redistribution of what a few people have: every one is looked at.

Splits of pairs cannot hand tasks round in a circle. Three or four people who have few tasks can
be looked at exactly: depth first in order of start, cut where nothing better can follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from assignment.engine.joint.board import Board
from assignment.engine.joint.problem import Problem

MOST_TASKS = 60
"""Of a group that has more, only a few ways could be looked at."""
NOTHING = frozenset[int]()
MOST_LOOKS = 3_000
"""Looks at one group; what is not found by then is left."""
SETTING_UP = 10
"""Steps that a group costs before anything is looked at; each task of it costs one more."""
STEPS_A_LOOK = 2


class GroupSplitter:
    """Redistributes what a few people have as evenly as can be; knows the problem's constants."""

    def __init__(self, problem: Problem, *, random: Random) -> None:
        self.problem, self.random = problem, random
        self.until = [task.end + problem.margin for task in problem.tasks]
        self.minutes = [task.minutes for task in problem.tasks]

    def split(self, board: Board, people: Sequence[int]) -> int:
        """Give these people the most even distribution, or another as even; return the steps taken.

        Another that is as even is taken by chance, to leave a local optimum.
        """
        count = sum(len(board.rows[who]) for who in people)
        if count > MOST_TASKS:
            return SETTING_UP
        search = _Search(self, board, people)
        search.go_on(0)
        if search.found:
            self._deal(board, people, search)
        return SETTING_UP + count + STEPS_A_LOOK * (MOST_LOOKS - search.left)

    def _deal(self, board: Board, people: Sequence[int], search: _Search) -> None:
        rows: list[list[int]] = [[] for _ in people]
        for task, place in zip(search.tasks, search.found, strict=True):
            rows[place].append(task)
            board.owner[task] = people[place]
        for who, row, own in zip(people, rows, search.own, strict=True):
            board.rows[who] = row
            board.deviation[who] = own + sum(self.minutes[task] for task in row)


class _Search:
    """One group: who has what so far, and the best that was found."""

    def __init__(self, constants: GroupSplitter, board: Board, people: Sequence[int]) -> None:
        self.constants, self.board, self.people = constants, board, people
        start, minutes = board.start, constants.minutes
        held = [board.rows[who] for who in people]
        self.tasks = sorted((task for row in held for task in row), key=start.__getitem__)
        self.options = [self._able(task) for task in self.tasks]
        self.own = [
            board.deviation[who] - sum(minutes[task] for task in row)
            for who, row in zip(people, held, strict=True)
        ]
        self.level = list(self.own)
        self.total = sum(board.deviation[who] for who in people)
        self.best = sum(board.deviation[who] ** 2 for who in people)
        self.rows: list[list[int]] = [[] for _ in people]
        self.chosen = [0] * len(self.tasks)
        self.found: list[int] = []
        self.left = MOST_LOOKS

    def _able(self, task: int) -> list[int]:
        """Return the places of those who can do a task, in an order by chance."""
        abilities = self.board.problem.abilities
        able = [place for place, who in enumerate(self.people) if task in abilities[who]]
        self.constants.random.shuffle(able)
        return able

    def go_on(self, index: int) -> None:
        """Deal the tasks from this one on in every way that may be better."""
        if self.left <= 0:
            return
        self.left -= 1
        if index == len(self.tasks):
            self._keep_if_better()
            return
        task = self.tasks[index]
        start, minutes = self.board.start[task], self.constants.minutes[task]
        until, others = self.constants.until, len(self.people) - 1
        problem = self.constants.problem
        apart = problem.apart.get(task, NOTHING)
        for place in self.options[index]:
            row, level = self.rows[place], self.level[place] + minutes
            rest = self.total - level
            if level * others > rest and level**2 * others + rest**2 > self.best * others:
                continue
            if row and until[row[-1]] > start and any(problem.clash(task, other) for other in row):
                continue
            if apart and not apart.isdisjoint(row):
                continue
            row.append(task)
            self.level[place], self.chosen[index] = level, place
            self.go_on(index + 1)
            self.level[place] = level - minutes
            row.pop()

    def _keep_if_better(self) -> None:
        value = sum(level * level for level in self.level)
        if value > self.best or (value == self.best and (self.found or self._is_as_it_was())):
            return
        if any(map(self.board.exceeds_cap, self.people, self.rows)):
            return
        self.best, self.found = value, list(self.chosen)

    def _is_as_it_was(self) -> bool:
        owner = self.board.owner
        return all(
            self.people[place] == owner[task]
            for task, place in zip(self.tasks, self.chosen, strict=True)
        )
