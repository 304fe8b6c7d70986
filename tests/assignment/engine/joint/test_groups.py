"""The most even redistribution of what a few people have, against trying every one."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from assignment.engine.joint import Problem, Task
from assignment.engine.joint.balance import Balancer
from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.budget import Budget
from assignment.engine.joint.coverage import cover_in_order
from assignment.engine.joint.groups import MOST_LOOKS, STEPS_A_LOOK, GroupSplitter
from tests.assignment.engine.joint.brute_force import allowed, random_problem, value_of


def covered(problem: Problem) -> Board:
    """A board that greedy has filled."""
    board = Board(problem)
    cover_in_order(board, [unit for unit in problem.units if unit])
    return board


def least_squares(board: Board) -> int:
    """The least squares of any redistribution of the tasks that somebody has."""
    options = [
        (NOBODY,) if owner == NOBODY else task.people
        for owner, task in zip(board.owner, board.problem.tasks, strict=True)
    ]
    found = (owner for owner in product(*options) if allowed(board.problem, owner))
    return min(-value_of(board.problem, owner)[2] for owner in found)


def test_the_redistribution_is_the_most_even_one_there_is() -> None:
    changed = 0
    for seed in range(400):
        board = covered(random_problem(seed))
        people = range(len(board.problem.offsets))
        expected, before, held = least_squares(board), board.squares, board.owner.count(NOBODY)

        GroupSplitter(board.problem, random=Random(seed)).split(board, people)

        assert board.squares == expected, seed
        assert allowed(board.problem, tuple(board.owner)), seed
        assert board.owner.count(NOBODY) == held, seed
        again = Board(board.problem)
        again.load(board.owner)
        assert (again.rows, again.deviation) == (board.rows, board.deviation), seed
        changed += expected < before
    assert changed > 50


def in_a_circle(people: int) -> Board:
    """Each has a task, and can do but their own and the next one's; all are at one time."""
    tasks = tuple(
        Task(start=0, end=60 * n, people=tuple(sorted(((n - 1), (n - 2) % people))), unit=n - 1)
        for n in range(1, people + 1)
    )
    # even when everybody has the task of the next one
    offsets = tuple(60 * (people - n % people) for n in range(1, people + 1))
    board = Board(Problem(tasks=tasks, offsets=offsets, priorities=(1,) * people))
    board.load(range(people))
    return board


@pytest.mark.parametrize("people", [3, 4, 5])
def test_tasks_are_handed_round_in_a_circle_which_no_pair_can_do(people: int) -> None:
    board = in_a_circle(people)
    balancer = Balancer(board, random=Random(1), budget=Budget(1_000_000))
    balancer.descend()
    assert board.owner == list(range(people))

    balancer.shake(floor=0)

    assert board.owner == [(task - 1) % people for task in range(people)]
    assert len(set(board.deviation)) == 1


def test_another_that_is_as_even_is_taken_by_chance() -> None:
    tasks = tuple(Task(start=60 * n, end=60 * n + 60, people=(0, 1, 2), unit=n) for n in range(3))
    board = Board(Problem(tasks=tasks, offsets=(0, 0, 0), priorities=(1,) * 3))
    board.load([0, 1, 2])
    groups = GroupSplitter(board.problem, random=Random(5))

    seen = set()
    for _ in range(100):
        groups.split(board, (0, 1, 2))
        seen.add(tuple(board.owner))
        assert board.deviation == [60, 60, 60]

    assert len(seen) == 6  # three tasks to three people, in every way


def test_a_group_with_too_much_to_look_at_is_left_in_the_middle() -> None:
    tasks = tuple(
        Task(start=60 * n, end=60 * n + 60, people=(0, 1, 2, 3), unit=n) for n in range(40)
    )
    board = Board(Problem(tasks=tasks, offsets=(0, 7, 0, 3), priorities=(1,) * 40))
    board.load([n % 2 for n in range(40)])
    before = board.squares

    steps = GroupSplitter(board.problem, random=Random(1)).split(board, (0, 1, 2, 3))

    assert 0 <= steps - STEPS_A_LOOK * MOST_LOOKS < 100
    assert board.squares <= before
    assert board.owner.count(NOBODY) == 0


def test_people_who_have_thousands_are_passed_over() -> None:
    tasks = tuple(
        Task(start=60 * n, end=60 * n + 60, people=(0, 1, 2), unit=n) for n in range(3_000)
    )
    board = Board(Problem(tasks=tasks, offsets=(0, 7, 0), priorities=(1,) * 3_000))
    owner = [n % 2 for n in range(3_000)]
    board.load(owner)

    assert GroupSplitter(board.problem, random=Random(1)).split(board, (0, 1, 2)) < 100
    assert board.owner == owner
