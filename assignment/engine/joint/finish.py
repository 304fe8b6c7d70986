"""Of equally even assignments the preferred one: points, then the longest idle, then ties."""

from __future__ import annotations

from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.budget import Budget
from assignment.engine.joint.pairs import Cluster, PairSplitter

Worth = tuple[int, int]


def prefer(board: Board, pairs: PairSplitter, people: list[list[int]], *, budget: Budget) -> None:
    """Let pairs exchange, as even as they are, what is worth more the other way round."""
    if not board.problem.gains and not board.problem.idle:
        return
    changed = True
    while changed and not budget.is_spent():
        changed = False
        for one, colleagues in enumerate(people):
            for other in colleagues:
                if one < other and not budget.is_spent():
                    changed |= _prefer(board, pairs, one, other, budget=budget)


def _prefer(board: Board, pairs: PairSplitter, one: int, other: int, *, budget: Budget) -> bool:
    """Flip the clusters that keep the two as even as they are and are worth most."""
    clusters = pairs.clusters(board, one, other)
    best: dict[int, tuple[Worth, tuple[int, ...]]] = {0: ((0, 0), ())}
    for index, row in enumerate(clusters):
        points, idle = _worth_of_flip(board, one, other, row)
        for units, (worth, flipped) in list(best.items()):
            reached = (worth[0] + points, worth[1] + idle)
            known = best.get(units + row.units)
            if known is None or reached > known[0]:
                best[units + row.units] = (reached, (*flipped, index))
        budget.take(len(best))
    gap = board.deviation[one] - board.deviation[other]
    equal = [0]
    if gap % pairs.step == 0:
        equal.append(gap // pairs.step)
    worth, flipped = max(best[units] for units in equal if units in best)
    if worth <= (0, 0):
        return False
    chosen = [clusters[index] for index in flipped]
    if not pairs.keeps_caps(board, one, other, chosen):
        return False
    pairs.flip(board, one, other, chosen)
    return True


def _worth_of_flip(board: Board, one: int, other: int, row: Cluster) -> Worth:
    problem = board.problem
    points = sum(problem.gain(task, other) - problem.gain(task, one) for task in row.first)
    points += sum(problem.gain(task, one) - problem.gain(task, other) for task in row.second)
    longer = problem.idle_of(other) - problem.idle_of(one)
    return points, longer * (len(row.first) - len(row.second))


def settle(board: Board) -> None:
    """Give each task to the first in its ranking of those who are free, until all have it.

    Afterwards nobody who is free and lower against their share was passed over, so that the
    choice can be read off the ranking alone. Each move improves the whole, so it ends.
    """
    changed = True
    while changed:
        changed = False
        for task, owner in enumerate(board.owner):
            if owner == NOBODY:
                continue
            best = _first_in_ranking(board, task)
            if best != owner:
                board.take(task)
                board.put(task, best)
                changed = True


def _first_in_ranking(board: Board, task: int) -> int:
    """Return the first of the ranking; asks only those who would stand before the owner."""
    owner = board.owner[task]
    level = board.deviation[owner] - board.problem.tasks[task].minutes
    lower = [
        who
        for who in board.problem.tasks[task].people
        if board.deviation[who] <= level and who != owner
    ]
    own = _order(board, task, owner)
    before = sorted(order for who in lower if (order := (*_order(board, task, who), who)) < own)
    return next((order[-1] for order in before if board.is_free(task, order[-1])), owner)


def _order(board: Board, task: int, who: int) -> tuple[int, int, int, str]:
    problem = board.problem
    own = problem.tasks[task].minutes if who == board.owner[task] else 0
    return (
        board.deviation[who] - own,
        -problem.gain(task, who),
        -problem.idle_of(who),
        problem.tie(task, who),
    )
