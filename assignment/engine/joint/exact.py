"""The proven best of a small problem: every assignment that could be better is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.budget import Budget

MOST_TASKS = 24
"""Above this many tasks nothing is proven this way."""
STEPS = 12_000


def improve_exactly(board: Board, *, budget: Budget) -> bool:
    """Make the board the best there is; tell whether that is proven within the steps."""
    problem = board.problem
    if len(problem.tasks) > MOST_TASKS:
        return False
    search = _Search(board, budget=budget.part(STEPS))
    search.go_on(0)
    board.load(search.best_owner)
    return not search.budget.is_spent()


class _Search:
    """Depth first over the tasks, unit by unit, cut where nothing better can follow."""

    def __init__(self, board: Board, *, budget: Budget) -> None:
        self.problem, self.budget = board.problem, budget
        self.best, self.best_owner = board.value, list(board.owner)
        self.board = Board(board.problem)
        scarce = sorted(
            (unit for unit in self.problem.units if unit),
            key=lambda unit: (len(self.problem.tasks[unit[0]].people), unit),
        )
        self.tasks = [task for unit in scarce for task in unit]
        self.rest = [frozenset(self.tasks[index:]) for index in range(len(self.tasks) + 1)]

    def go_on(self, index: int) -> None:
        """Decide the tasks from this one on in every way that may be better."""
        self.budget.take(1)
        if self.budget.is_spent() or not self._can_be_better(index):
            return
        if index == len(self.tasks):
            self._keep_if_better()
            return
        task = self.tasks[index]
        for person in self._options(task):
            self.board.put(task, person)
            self.go_on(index + 1)
            self.board.take(task)
            self.board.moves.clear()
        self.go_on(index + 1)

    def _options(self, task: int) -> Iterator[int]:
        deviation = self.board.deviation
        for person in sorted(
            self.problem.tasks[task].people, key=lambda who: (deviation[who], who)
        ):
            if self.board.is_free(task, person):
                yield person

    def _can_be_better(self, index: int) -> bool:
        """Compare what could still be reached at best with the best so far."""
        whole, counted = self._most_covered(self.rest[index])
        tasks = sum(self.board.owner[task] != NOBODY for task in counted)
        still = [task for task in counted if task in self.rest[index]]
        if (whole, tasks + len(still)) != self.best[:2]:
            return (whole, tasks + len(still)) > self.best[:2]
        squares = self.board.squares + sum(self._least_rise(task) for task in still)
        if -squares != self.best[2]:
            return -squares > self.best[2]
        points, idle = self.board.worth
        for task in still:
            people = self.problem.tasks[task].people
            points += max((self.problem.gain(task, who) for who in people), default=0)
            idle += max((self.problem.idle_of(who) for who in people), default=0)
        return (points, idle) > self.best[3:]

    def _most_covered(self, still: frozenset[int]) -> tuple[int, list[int]]:
        """Return the priorities and the tasks that count if all that is open finds somebody."""
        problem, owner = self.problem, self.board.owner
        whole, tasks = 0, []
        for index, unit in enumerate(problem.units):
            may = [task for task in unit if owner[task] != NOBODY or task in still]
            if len(may) == len(unit):
                whole += problem.priorities[index]
            if len(may) == len(unit) or index in problem.partial:
                tasks += may
        return whole, tasks

    def _least_rise(self, task: int) -> int:
        """Return by how much the squares rise at least when a task finds somebody."""
        row = self.problem.tasks[task]
        lowest = min((self.board.deviation[who] for who in row.people), default=0)
        return row.minutes * (2 * lowest + row.minutes)

    def _keep_if_better(self) -> None:
        for index, unit in enumerate(self.problem.units):
            given = [task for task in unit if self.board.owner[task] != NOBODY]
            if index not in self.problem.partial and 0 < len(given) < len(unit):
                return
        value = self.board.value
        if value > self.best:
            self.best, self.best_owner = value, list(self.board.owner)
