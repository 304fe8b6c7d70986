"""The certified bound: exact where it can be worked out by hand."""

from __future__ import annotations

from assignment.engine.joint import Problem, Task
from assignment.engine.joint.bound import lower_bound


def problem(*minutes: int, people: tuple[int, ...], offsets: tuple[int, ...]) -> Problem:
    """Tasks one after the other that all of these people can do."""
    tasks, start = [], 0
    for unit, length in enumerate(minutes):
        tasks.append(Task(start=start, end=start + length, people=people, unit=unit))
        start += length
    return Problem(tasks=tuple(tasks), offsets=offsets, priorities=(1,) * len(minutes))


def test_minutes_that_divide_evenly_are_divided_evenly() -> None:
    asked = problem(60, 60, 60, people=(0, 1, 2), offsets=(0, 0, 0))

    assert lower_bound(asked, (0, 1, 2)) == 3 * 60**2


def test_lengths_step_so_that_the_bound_knows_what_cannot_be_split() -> None:
    # 75 + 60 is the most even that steps of 15 allow for 135 minutes and two people
    asked = problem(45, 45, 45, people=(0, 1), offsets=(0, 0))

    assert lower_bound(asked, (0, 1, 2)) == 90**2 + 45**2


def test_who_is_above_all_others_gets_nothing() -> None:
    asked = problem(60, 60, people=(0, 1), offsets=(0, 500))

    assert lower_bound(asked, (0, 1)) == 120**2 + 500**2


def test_what_only_one_can_do_is_theirs() -> None:
    asked = problem(60, 60, people=(1,), offsets=(0, 30))

    assert lower_bound(asked, (0, 1)) == 150**2


def test_only_covered_tasks_count() -> None:
    asked = problem(60, 60, people=(0,), offsets=(10,))

    assert lower_bound(asked, (0,)) == 70**2
    assert lower_bound(asked, ()) == 10**2
