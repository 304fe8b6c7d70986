"""The joint decision: as much as possible covered, as evenly as possible, in bounded steps.

First things first: the priorities of the bookings that are covered, how many positions, the sum
of squared deviations from the fair shares, points of preferences, who was idle longest. People
who share no task, not even through others, are decided apart: that changes nothing and is faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from assignment.engine.joint.balance import Balancer
from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.bound import lower_bound
from assignment.engine.joint.budget import Budget
from assignment.engine.joint.components import components, cut_out
from assignment.engine.joint.coverage import best_start
from assignment.engine.joint.exact import improve_exactly
from assignment.engine.joint.finish import prefer, settle
from assignment.engine.joint.problem import Problem

STEPS = 1_000_000
"""How far a search goes by default: about a second."""
FINISHING = 5
"""One part in so many of the steps is kept for preferences and the last settling."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Who has each task (-1: nobody), how good that is, and how good it could be at most.

    ``squares`` and ``bound`` in minutes squared: no assignment of the covered tasks has a
    smaller sum than ``bound``. ``proven``: nothing covers more or is more even.
    ``stopped_by_clock``: the safety stop ended the search before its steps were used up.
    """

    owner: tuple[int, ...]
    covered: int
    squares: int
    bound: int
    proven: bool
    steps: int
    stopped_by_clock: bool

    @property
    def gap(self) -> float:
        """By which part the squares may be above the best possible; 0 = they are the best."""
        return (self.squares - self.bound) / self.squares if self.squares else 0.0


def solve(
    problem: Problem, *, seed: str, steps: int = STEPS, seconds: float | None = None
) -> Solution:
    """Return the best assignment found within ``steps``; equal input gives equal output.

    ``seconds`` is a safety stop by the wall clock and the only thing that can differ.
    """
    budget = Budget(steps, seconds=seconds)
    board = Board(problem)
    owner = list(board.owner)
    busy = {who for who, able in enumerate(problem.abilities) if able}
    squares = bound = sum(
        offset * offset for who, offset in enumerate(problem.offsets) if who not in busy
    )
    parts = [_covered(cut) for cut in _parts(problem, budget=budget)]
    _even_out(parts, seed=seed)
    for part in parts:
        part.cut.tell(part.board, owner)
        squares += part.board.squares
        bound += part.bound
    board.load(owner)
    return Solution(
        owner=tuple(owner),
        covered=board.covered[1],
        squares=squares,
        bound=bound,
        proven=all(part.is_proven for part in parts),
        steps=steps - budget.left,
        stopped_by_clock=budget.stopped_by_clock,
    )


def cover(problem: Problem) -> list[int]:
    """Return an assignment that covers as much as ``solve`` would, whatever its evenness."""
    owner = [NOBODY] * len(problem.tasks)
    for cut in _parts(problem, budget=Budget(STEPS)):
        board = best_start(cut.problem, budget=cut.budget)
        improve_exactly(board, budget=cut.budget)
        cut.tell(board, owner)
    return owner


@dataclass(frozen=True, kw_only=True)
class _Cut:
    """A part of the problem with its share of the steps, and where it lies in the whole."""

    problem: Problem
    tasks: list[int]
    people: list[int]
    budget: Budget

    def tell(self, board: Board, owner: list[int]) -> None:
        """Write who has each task of the part into the whole."""
        for index, person in enumerate(board.owner):
            owner[self.tasks[index]] = self.people[person] if person != NOBODY else NOBODY


def _parts(problem: Problem, *, budget: Budget) -> Iterator[_Cut]:
    total, steps = sum(map(len, problem.abilities)), budget.left
    for people in components(problem):
        tasks, part = cut_out(problem, people)
        share = steps * sum(map(len, part.abilities)) // total
        yield _Cut(problem=part, tasks=tasks, people=people, budget=budget.part(share))


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A part that is covered as far as it can be. ``is_best``: that, too, is proven."""

    cut: _Cut
    board: Board
    bound: int
    is_best: bool

    @property
    def is_proven(self) -> bool:
        """Whether nothing covers more or is more even."""
        everything = NOBODY not in self.board.owner
        return self.is_best or (everything and self.board.squares == self.bound)


def _covered(cut: _Cut) -> _Part:
    board = best_start(cut.problem, budget=cut.budget)
    is_best = improve_exactly(board, budget=cut.budget)
    tasks = [task for task, who in enumerate(board.owner) if who != NOBODY]
    bound = board.squares if is_best else lower_bound(cut.problem, tasks)
    return _Part(cut=cut, board=board, bound=bound, is_best=is_best)


def _even_out(parts: Sequence[_Part], *, seed: str) -> None:
    """Make what is covered even, when every part is: no clock may stop a task from being covered.

    The time is shared as the steps are; what a part leaves of it is left to the others.
    """
    left = sum(part.cut.budget.left for part in parts)
    for part in parts:
        budget = part.cut.budget
        budget.end_early(budget.left / left if 0 < budget.left < left else 1.0)
        left -= budget.left
        if not part.is_best:
            _search(part.board, floor=part.bound, seed=seed, budget=budget)
        settle(part.board)


def _search(board: Board, *, floor: int, seed: str, budget: Budget) -> None:
    random = Random(seed)  # noqa: S311 - a search, not a secret
    kept = budget.left // FINISHING
    balancer = Balancer(board, random=random, budget=budget.part(budget.left - kept))
    balancer.descend()
    balancer.shake(floor=floor)
    balancer.budget = budget
    balancer.descend()
    prefer(board, balancer.pairs, balancer.colleagues, budget=budget)
