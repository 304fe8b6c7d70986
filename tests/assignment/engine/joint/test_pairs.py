"""The most even split of what two people have, against trying every split."""

from __future__ import annotations

from itertools import product
from random import Random

from assignment.engine.joint import Problem, Task
from assignment.engine.joint.board import Board
from assignment.engine.joint.pairs import PairSplitter


def two_people(seed: int) -> Board:
    """Two people with up to seven tasks, which one, the other or both can do."""
    chance = Random(seed)
    tasks: list[Task] = []
    for _ in range(chance.randint(2, 7)):
        start = 15 * chance.randrange(30)
        people = chance.choice(((0, 1), (0, 1), (0, 1), (0,), (1,)))
        minutes = chance.choice((15, 30, 45, 60, 90))
        tasks.append(Task(start=start, end=start + minutes, people=people, unit=len(tasks)))
    problem = Problem(
        tasks=tuple(tasks),
        offsets=(15 * chance.randrange(-4, 5), 7 * chance.randrange(-4, 5)),
        priorities=(1,) * len(tasks),
    )
    board = Board(problem)
    for index, task in enumerate(tasks):
        free = [who for who in task.people if board.is_free(index, who)]
        if free:
            board.put(index, chance.choice(free))
    return board


def least_squares(board: Board) -> int:
    """The least squares of any split of the tasks that the two have."""
    problem = board.problem
    held = [task for task, who in enumerate(board.owner) if who != -1]
    found = []
    for owners in product((0, 1), repeat=len(held)):
        other = Board(problem)
        for task, who in zip(held, owners, strict=True):
            if who in problem.tasks[task].people and other.is_free(task, who):
                other.put(task, who)
        if other.owner.count(-1) == board.owner.count(-1):
            found.append(other.squares)
    return min(found)


def test_the_split_is_the_most_even_one_there_is() -> None:
    changed = 0
    for seed in range(400):
        board = two_people(seed)
        expected, before = least_squares(board), board.squares

        moved = PairSplitter(board.problem, random=Random(1)).split(board, 0, 1)

        assert board.squares == expected, seed
        assert moved is (expected < before), seed
        again = Board(board.problem)
        again.load(board.owner)
        assert (again.rows, again.deviation) == (board.rows, board.deviation), seed
        changed += moved
    assert changed > 100


def test_a_shake_changes_sides_and_stays_as_even() -> None:
    tasks = tuple(Task(start=60 * n, end=60 * n + 60, people=(0, 1), unit=n) for n in range(4))
    board = Board(Problem(tasks=tasks, offsets=(0, 0), priorities=(1,) * 4))
    board.load([0, 0, 1, 1])
    pairs = PairSplitter(board.problem, random=Random(5))

    seen = set()
    for _ in range(50):
        pairs.split(board, 0, 1, shake=True)
        seen.add(tuple(board.owner))
        assert board.squares == 2 * 120**2

    assert len(seen) == 6  # two of four, in every way
