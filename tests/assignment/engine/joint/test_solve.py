"""The joint decision against a second implementation that tries every assignment."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from assignment.engine.joint import Cap, Problem, Solution, Task, solve
from assignment.engine.joint import exact as exact_module
from tests.assignment.engine.joint.brute_force import (
    allowed,
    best_value,
    random_problem,
    value_of,
)


def simple(*rows: tuple[int, int, tuple[int, ...]], offsets: tuple[int, ...]) -> Problem:
    """Each row a booking of its own: start, end, who can."""
    return Problem(
        tasks=tuple(
            Task(start=start, end=end, people=people, unit=unit)
            for unit, (start, end, people) in enumerate(rows)
        ),
        offsets=offsets,
        priorities=(1,) * len(rows),
    )


@pytest.mark.parametrize("block", range(10))
def test_it_agrees_with_trying_every_assignment(block: int) -> None:
    for seed in range(50 * block, 50 * block + 50):
        problem = random_problem(seed)
        found = solve(problem, seed="any")

        assert allowed(problem, found.owner), seed
        assert value_of(problem, found.owner) == best_value(problem), seed
        assert found.proven, seed
        assert found.bound == found.squares, seed


def test_the_search_alone_covers_as_much_and_is_as_even_nearly_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exact_module, "MOST_TASKS", 0)
    problems = [
        replace(random_problem(seed), caps=(), apart={}, gains={}, idle=()) for seed in range(200)
    ]

    same = 0
    for problem in problems:
        found = solve(problem, seed="any", steps=20_000)
        value, best = value_of(problem, found.owner), best_value(problem)
        assert allowed(problem, found.owner)
        assert found.bound <= found.squares
        assert value <= best
        same += value == best

    assert same >= 195


def test_the_bound_is_never_above_what_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_module, "MOST_TASKS", 0)
    for seed in range(100):
        problem = replace(random_problem(seed), caps=(), apart={}, gains={}, idle=())
        found = solve(problem, seed="any", steps=5_000)
        value = best_value(problem)
        if value_of(problem, found.owner)[:2] == value[:2]:
            assert found.bound <= -value[2], seed


def test_shares_are_evened_out_across_people_who_cannot_do_the_same() -> None:
    # 0 can only do the first kind and 2 only the last; 1 passes the difference on
    problem = simple(
        *((60 * hour, 60 * hour + 60, (0, 1)) for hour in range(6)),
        *((60 * hour, 60 * hour + 60, (1, 2)) for hour in range(6, 9)),
        offsets=(0, 0, 0),
    )

    found = solve(problem, seed="any")

    assert sorted(found.owner.count(who) for who in range(3)) == [3, 3, 3]
    assert found.squares == 3 * 180**2


def test_one_who_is_behind_catches_up() -> None:
    problem = simple(*((60 * hour, 60 * hour + 60, (0, 1)) for hour in range(4)), offsets=(0, 120))

    found = solve(problem, seed="any")

    assert (found.owner.count(0), found.owner.count(1)) == (3, 1)


def test_the_dearer_booking_is_covered_when_only_one_can_be() -> None:
    problem = replace(simple((0, 60, (0,)), (30, 90, (0,)), offsets=(0,)), priorities=(2, 5))

    assert solve(problem, seed="any").owner == (-1, 0)


def test_a_chain_of_three_hands_over_so_that_one_more_is_covered() -> None:
    problem = simple(
        (0, 60, (0, 1)), (0, 60, (1, 2)), (0, 60, (2, 3)), (0, 60, (0,)), offsets=(0, 0, 0, 0)
    )

    assert solve(problem, seed="any").owner == (1, 2, 3, 0)


def test_a_booking_for_two_is_covered_whole_or_not_at_all() -> None:
    tasks = (
        Task(start=0, end=60, people=(0,), unit=0),
        Task(start=0, end=60, people=(0,), unit=0),
    )
    problem = Problem(tasks=tasks, offsets=(0,), priorities=(1,))

    assert solve(problem, seed="any").owner == (-1, -1)
    partly = solve(replace(problem, partial=frozenset({0})), seed="any")
    assert sorted(partly.owner) == [-1, 0]


def test_a_margin_keeps_two_tasks_of_one_person_apart() -> None:
    near = (
        Task(start=0, end=60, people=(0, 1), unit=0),
        Task(start=75, end=135, people=(0, 1), unit=1, margin=30),
    )
    problem = Problem(tasks=near, offsets=(0, 1000), priorities=(1, 1))

    assert set(solve(problem, seed="any").owner) == {0, 1}
    free = replace(near[1], margin=15)
    assert solve(replace(problem, tasks=(near[0], free)), seed="any").owner == (0, 0)


def test_a_cap_and_tasks_that_must_be_apart_are_kept() -> None:
    problem = simple((0, 60, (0, 1)), (60, 120, (0, 1)), offsets=(0, 1000))

    assert solve(problem, seed="any").owner == (0, 0)
    capped = replace(problem, caps=(Cap(person=0, tasks=frozenset({0, 1}), minutes=90),))
    assert sorted(solve(capped, seed="any").owner) == [0, 1]
    apart = replace(problem, apart={0: frozenset({1}), 1: frozenset({0})})
    assert sorted(solve(apart, seed="any").owner) == [0, 1]


def test_a_cap_counts_hours_of_work_whatever_they_count_for_in_the_ledger() -> None:
    task = Task(start=0, end=60, people=(0,), unit=0, extra=60)
    cap = Cap(person=0, tasks=frozenset({0}), minutes=60)
    problem = Problem(tasks=(task,), offsets=(0,), priorities=(1,), caps=(cap,))

    found = solve(problem, seed="any")

    assert (found.owner, found.squares) == ((0,), 120**2)
    assert solve(replace(problem, caps=(replace(cap, minutes=59),)), seed="any").owner == (-1,)


def test_the_smallest_budgets_of_several_parts_are_shared_without_an_error() -> None:
    rows = [(60 * n, 60 * n + 60, (0, 1)) for n in range(5)]
    problem = simple(*rows, (0, 60, (2,)), offsets=(0, 15, 0))

    for steps in range(120):
        found = solve(problem, seed="any", steps=steps, seconds=60)
        assert found.covered == 6


def test_among_equals_the_preferred_then_the_longest_idle_then_the_tie_decides() -> None:
    one = simple((0, 60, (0, 1)), offsets=(0, 0))

    assert solve(replace(one, gains={0: {1: 5}}, idle=(9, 0)), seed="any").owner == (1,)
    assert solve(replace(one, idle=(3, 4)), seed="any").owner == (1,)
    assert solve(replace(one, tie=lambda _, who: "ba"[who]), seed="any").owner == (1,)
    assert solve(one, seed="any").owner == (0,)


def many(*, tasks: int, people: int, seed: int) -> Problem:
    """A service's days: many who can do a part of much."""
    chance = random.Random(seed)
    rows = []
    for _ in range(tasks):
        start = chance.randrange(12) * 1440 + chance.randrange(36) * 15
        able = tuple(sorted(chance.sample(range(people), chance.randint(1, people // 2))))
        rows.append((start, start + chance.choice((30, 60, 60, 90, 120)), able))
    return simple(*rows, offsets=tuple(chance.randrange(0, 600, 15) for _ in range(people)))


def greedy(problem: Problem) -> tuple[int, int]:
    """Least hours first, in the order given: how many are covered, and the squares."""
    minutes = list(problem.offsets)
    rows: list[list[Task]] = [[] for _ in problem.offsets]
    covered = 0
    for task in problem.tasks:
        for who in sorted(task.people, key=lambda key: (minutes[key], key)):
            if all(row.end <= task.start or row.start >= task.end for row in rows[who]):
                rows[who].append(task)
                minutes[who] += task.end - task.start
                covered += 1
                break
    return covered, sum(value * value for value in minutes)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_never_worse_than_greedy_and_near_its_bound(seed: int) -> None:
    problem = many(tasks=150, people=16, seed=seed)

    found = solve(problem, seed="any", steps=150_000)

    covered, squares = greedy(problem)
    assert found.covered >= covered
    if found.covered == covered:
        assert found.squares <= squares
    assert found.bound <= found.squares
    assert allowed(problem, found.owner)


def test_equal_input_gives_equal_output_and_the_steps_bound_the_search() -> None:
    problem = many(tasks=120, people=12, seed=7)

    once, again = (solve(problem, seed="any", steps=40_000) for _ in range(2))

    assert once == again
    assert isinstance(once, Solution)
    assert not once.stopped_by_clock
    assert once.steps <= 40_000 + 5_000


def test_the_clock_is_a_safety_stop_that_says_so() -> None:
    problem = many(tasks=200, people=20, seed=3)

    found = solve(problem, seed="any", steps=10**9, seconds=0.01)

    assert found.stopped_by_clock
    assert allowed(problem, found.owner)


def test_the_clock_stops_no_task_from_being_covered_while_others_are_evened_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The first people's search would take all of the time; the last ones have to hand tasks on.
    large = many(tasks=150, people=16, seed=5)
    chain = ((0, 60, (16, 17)), (0, 60, (17, 18)), (0, 60, (18, 19)), (0, 60, (16,)))
    rows = [(task.start, task.end, task.people) for task in large.tasks]
    problem = simple(*rows, *chain, offsets=(*large.offsets, 0, 0, 0, 0))
    looks = itertools.count()
    monkeypatch.setattr("assignment.engine.joint.budget.time.monotonic", lambda: next(looks))

    found = solve(problem, seed="any", steps=10**9, seconds=300)

    assert found.stopped_by_clock
    assert found.owner[150:] == (17, 18, 19, 16)


def test_people_without_a_task_count_in_the_squares() -> None:
    problem = simple((0, 60, (0,)), offsets=(0, 50))

    found = solve(problem, seed="any")

    assert (found.squares, found.bound) == (3600 + 2500, 3600 + 2500)
