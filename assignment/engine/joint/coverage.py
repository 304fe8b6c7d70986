"""First of all, as much as possible is covered: a start, then exchanges for what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable

from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.budget import Budget
from assignment.engine.joint.problem import Problem

DEPTH = 6
"""How many people in a row may hand a task on, so that one more task finds somebody."""
MOST_CLASHES = 2
"""How many tasks one person may hand on at once."""
DEPTH_STEPS = 20_000
"""How many steps the search for one task may take at each depth."""


def best_start(problem: Problem, *, budget: Budget) -> Board:
    """Return the better of two starts, by time and by place, with what exchanges add.

    Once a start covers everything, the next one is not exchanged for long.
    """
    boards: list[Board] = []
    by_time = sorted(
        (unit for unit in problem.units if unit),
        key=lambda unit: (problem.tasks[unit[0]].start, unit),
    )
    for units in (by_time, [unit for unit in problem.units if unit]):
        board = Board(problem)
        cover_in_order(board, units)
        if not any(NOBODY not in row.owner for row in boards):
            cover_by_exchange(board, budget=budget)
        boards.append(board)
    return max(boards, key=lambda board: board.value)


def cover_in_order(board: Board, units: Iterable[tuple[int, ...]]) -> None:
    """Give one unit after the other to those who are free and lowest against their share."""
    problem = board.problem
    for unit in units:
        for task in unit:
            lowest_first = sorted(problem.tasks[task].people, key=board.deviation.__getitem__)
            person = next((who for who in lowest_first if board.is_free(task, who)), NOBODY)
            if person != NOBODY:
                board.put(task, person)
        drop_if_incomplete(board, unit)


def drop_if_incomplete(board: Board, unit: tuple[int, ...]) -> None:
    """Leave a unit wholly uncovered when a part of it is and the whole is asked for."""
    if board.problem.tasks[unit[0]].unit in board.problem.partial:
        return
    if any(board.owner[task] == NOBODY for task in unit):
        for task in unit:
            if board.owner[task] != NOBODY:
                board.take(task)


def cover_by_exchange(board: Board, *, budget: Budget) -> None:
    """Cover what was left out by handing tasks on, the most important first, until none fits."""
    problem = board.problem
    progress = True
    while progress and not budget.is_spent():
        progress = False
        for index in sorted(
            range(len(problem.units)), key=lambda unit: (-problem.priorities[unit], unit)
        ):
            unit = problem.units[index]
            if any(board.owner[task] == NOBODY for task in unit):
                progress |= _cover(board, unit, budget=budget)


def _cover(board: Board, unit: tuple[int, ...], *, budget: Budget) -> bool:
    """Find people for the open tasks of a unit; leave the board as it was when that fails."""
    problem = board.problem
    partial = problem.tasks[unit[0]].unit in problem.partial
    mark, covered = len(board.moves), 0
    for task in unit:
        if board.owner[task] != NOBODY:
            continue
        if _insert_deeper(board, task, locked=set(unit), budget=budget):
            covered += 1
        elif not partial:
            board.take_back(mark)
            return _cover_at_the_cost_of_less(board, unit, budget=budget)
    return covered > 0


def _insert_deeper(board: Board, task: int, *, locked: set[int], budget: Budget) -> bool:
    """Insert with as few people handing on as possible."""
    return any(
        _insert(board, task, depth=depth, locked=locked, budget=budget.part(DEPTH_STEPS))
        for depth in range(DEPTH)
    )


def _insert(board: Board, task: int, *, depth: int, locked: set[int], budget: Budget) -> bool:
    """Put a task, letting up to ``depth`` people in a row hand on what clashes with it."""
    waiting: list[tuple[int, int, int, list[int]]] = []
    for person in board.problem.tasks[task].people:
        budget.take(1 + len(board.rows[person]) // 8)
        clashes = board.clashes(task, person)
        if len(clashes) > MOST_CLASHES or not locked.isdisjoint(clashes):
            continue
        kept = (*(row for row in board.rows[person] if row not in clashes), task)
        if board.exceeds_cap(person, kept):
            continue
        if not clashes:
            board.put(task, person)
            return True
        waiting.append((len(clashes), board.deviation[person], person, clashes))
    if depth == 0 or budget.is_spent():
        return False
    waiting.sort()
    return any(
        _hand_on(board, task, person, clashes, depth=depth, locked=locked, budget=budget)
        for _, _, person, clashes in waiting
    )


def _hand_on(
    board: Board,
    task: int,
    person: int,
    clashes: list[int],
    *,
    depth: int,
    locked: set[int],
    budget: Budget,
) -> bool:
    """Put a task in the place of others, and these elsewhere; or change nothing."""
    if budget.is_spent():
        return False
    mark = len(board.moves)
    for other in clashes:
        board.take(other)
    board.put(task, person)
    held = locked | {task}
    for other in clashes:
        if not _insert(board, other, depth=depth - 1, locked=held, budget=budget):
            board.take_back(mark)
            return False
        held |= {other}
    return True


def _cover_at_the_cost_of_less(board: Board, unit: tuple[int, ...], *, budget: Budget) -> bool:
    """Cover a unit in the place of others that are worth less together."""
    problem = board.problem
    worth = problem.priorities[problem.tasks[unit[0]].unit]
    mark, covered = len(board.moves), board.covered
    for task in unit:
        cheapest = min(
            (
                (sum(problem.priorities[row] for row in lost), person, lost)
                for person in problem.tasks[task].people
                for lost in [_units_lost(board, task, person, unit)]
                if lost is not None
            ),
            default=None,
        )
        if cheapest is None or cheapest[0] >= worth:
            board.take_back(mark)
            return False
        _, person, lost = cheapest
        for index in lost:
            for other in problem.units[index]:
                if board.owner[other] != NOBODY:
                    board.take(other)
        board.put(task, person)
    if board.covered > covered:
        return True
    board.take_back(mark)
    return False


def _units_lost(
    board: Board, task: int, person: int, unit: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Return the units that would lose a task to this one; None when it cannot be put."""
    clashes = board.clashes(task, person)
    if any(other in unit for other in clashes):
        return None
    kept = (*(row for row in board.rows[person] if row not in clashes), task)
    if board.exceeds_cap(person, kept):
        return None
    return tuple(sorted({board.problem.tasks[other].unit for other in clashes}))
