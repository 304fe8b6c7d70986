"""Even shares: pair after pair, then group after group, gets the most even split of what it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from assignment.engine.joint.board import Board
from assignment.engine.joint.budget import Budget
from assignment.engine.joint.groups import GroupSplitter
from assignment.engine.joint.pairs import PairSplitter

PATIENCE = 100
"""How many rounds of one try a person may change nothing for the better."""
LEAST_STEPS = 150_000
LEAST_PART = 8
"""However few people there are, they may take so many steps, but no more of a small budget than
one part in so many."""
GROUP = (3, 4, 5)
"""How many people hand tasks round when pairs find nothing better."""


class Balancer:
    """Searches for the smallest sum of squared deviations by splitting pairs and groups."""

    def __init__(self, board: Board, *, random: Random, budget: Budget) -> None:
        self.board, self.random, self.budget = board, random, budget
        self.pairs = PairSplitter(board.problem, random=random)
        self.groups = GroupSplitter(board.problem, random=random)
        self.colleagues = colleagues(board)
        self.changes = [0] * len(self.colleagues)
        self.looked: dict[tuple[int, int], tuple[int, int]] = {}

    def descend(self) -> None:
        """Split pairs until no split of any two makes it more even, highest with lowest first."""
        deviation = self.board.deviation
        changed = True
        while changed and not self.budget.is_spent():
            changed = False
            for one in sorted(range(len(deviation)), key=lambda who: (-deviation[who], who)):
                lowest_first = sorted(self.colleagues[one], key=lambda who: (deviation[who], who))
                for other in lowest_first:
                    if deviation[one] - deviation[other] <= self.pairs.step:
                        break
                    changed |= self._try(one, other)
                if self.budget.is_spent():
                    return

    def shake(self, *, floor: int) -> None:
        """Search on from a local optimum by splits that are as even, until the budget is spent.

        Pairs first, then groups, in turns while that helps. ``floor``: no sum of squares can be
        smaller, so that reaching it ends the search; so does patience, when nothing has become
        more even for long.
        """
        people = [who for who, row in enumerate(self.colleagues) if row]
        best = self.board.squares + 1
        while people and floor < self.board.squares < best:
            best = self.board.squares
            for shake in (self._shake_pair, self._shake_group):
                self._until_stuck(shake, people, floor=floor)

    def _until_stuck(
        self, shake: Callable[[int], None], people: Sequence[int], *, floor: int
    ) -> None:
        least = min(LEAST_STEPS, self.budget.left // LEAST_PART)
        best, tries, enough = self.board.squares, 0, self.budget.left - least
        while best > floor and not self.budget.is_spent():
            if tries >= PATIENCE * len(people) and self.budget.left <= enough:
                return
            tries += 1
            shake(self.random.choice(people))
            if tries % len(people) == 0 and self.board.squares < best:
                best, tries, enough = self.board.squares, 0, self.budget.left - least

    def _shake_pair(self, one: int) -> None:
        other = self.random.choice(self.colleagues[one])
        self.budget.take(self._cost(one, other))
        self.pairs.split(self.board, one, other, shake=True)

    def _shake_group(self, one: int) -> None:
        group = [one]
        for _ in range(self.random.choice(GROUP) - 1):
            known = self.random.choice(group)
            other = self.random.choice(self.colleagues[known])
            if other not in group:
                group.append(other)
        self.budget.take(self.groups.split(self.board, group))

    def _try(self, one: int, other: int) -> bool:
        """Split a pair, unless neither has changed since it was last looked at."""
        seen = (self.changes[one], self.changes[other])
        if self.looked.get((one, other)) == seen:
            return False
        self.budget.take(self._cost(one, other))
        changed = self.pairs.split(self.board, one, other)
        if changed:
            self.changes[one] += 1
            self.changes[other] += 1
        self.looked[one, other] = (self.changes[one], self.changes[other])
        return changed

    def _cost(self, one: int, other: int) -> int:
        return 4 + len(self.board.rows[one]) + len(self.board.rows[other])


def colleagues(board: Board) -> list[list[int]]:
    """Return for each person those who can do something that this person can do too."""
    found: list[set[int]] = [set() for _ in board.problem.offsets]
    for people in {task.people for task in board.problem.tasks}:
        for who in people:
            found[who].update(people)
    return [sorted(row - {who}) for who, row in enumerate(found)]
