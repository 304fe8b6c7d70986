"""What a finished board has against each person for one task."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from assignment.engine.joint import Problem, Task, solve
from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.timeline import Timeline
from tests.assignment.engine.joint.brute_force import random_problem


def timeline(
    *tasks: Task, owner: list[int], apart: Mapping[int, frozenset[int]] | None = None
) -> Timeline:
    """The timeline of a board on which these tasks have these owners."""
    problem = Problem(
        tasks=tasks, offsets=(0,) * 4, priorities=tuple(1 for _ in tasks), apart=apart or {}
    )
    board = Board(problem)
    board.load(owner)
    return Timeline(board)


def task(start: int, end: int, *, unit: int, margin: int = 0) -> Task:
    """A task that four people can do."""
    return Task(start=start, end=end, people=(0, 1, 2, 3), unit=unit, margin=margin)


def test_each_person_is_named_with_what_overlaps_and_back_to_back_does_not() -> None:
    rows = [
        task(60, 120, unit=0),
        task(0, 60, unit=1),
        task(30, 61, unit=2),
        task(119, 180, unit=3),
    ]
    found = timeline(*rows, task(120, 180, unit=4), owner=[0, 1, 2, 3, 1])

    assert found.clashes(0) == {0: 0, 2: 2, 3: 3}


def test_of_two_that_overlap_the_one_that_starts_before_is_named() -> None:
    rows = [
        task(60, 120, unit=0),
        task(90, 150, unit=1),
        task(30, 70, unit=2),
        task(61, 80, unit=3),
    ]
    found = timeline(*rows, owner=[NOBODY, 1, 1, 2])

    assert found.clashes(0) == {1: 2, 2: 3}


def test_the_larger_of_two_margins_must_stay_free() -> None:
    rows = [task(60, 120, unit=0, margin=10), task(0, 51, unit=1), task(129, 180, unit=2)]
    found = timeline(*rows, task(149, 200, unit=3, margin=30), owner=[NOBODY, 0, 1, 2])

    assert found.clashes(0) == {0: 1, 1: 2, 2: 3}
    assert found.clashes(1) == {0: 1}


def test_a_long_one_from_the_day_before_is_found() -> None:
    found = timeline(task(1440, 1500, unit=0), task(100, 1441, unit=1), owner=[NOBODY, 3])

    assert found.clashes(0) == {3: 1}


def test_what_must_stay_apart_is_named_last() -> None:
    rows = [task(0, 60, unit=0), task(900, 960, unit=1), task(30, 90, unit=2)]
    apart = {0: frozenset({1}), 1: frozenset({0})}

    assert timeline(*rows, owner=[NOBODY, 1, 2], apart=apart).clashes(0) == {1: 1, 2: 2}
    assert timeline(*rows, owner=[NOBODY, 2, 2], apart=apart).clashes(0) == {2: 2}


def test_it_says_of_everybody_what_the_board_says_of_each() -> None:
    for seed in range(300):
        problem = random_problem(seed)
        board = Board(problem)
        board.load(solve(problem, seed=str(seed)).owner)
        asked = Random(seed).randrange(len(problem.tasks))
        found = Timeline(board).clashes(asked)

        for who in range(len(problem.offsets)):
            own = board.clashes(asked, who)
            assert (who in found) == bool(own), f"problem {seed}, task {asked}, person {who}"
            assert who not in found or found[who] in own
