"""Generated instances of the joint decision, shaped like a service's month, from a small seed.

Every task can be covered: while the tasks are drawn, a first plan gives each to somebody free.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assignment.engine.joint import Problem, Task
from assignment.instances import read_instance
from tests.benchmarks.options import Options

LENGTHS = (60, 60, 60, 60, 30, 30, 45, 45, 90, 90, 120, 120, 180, 240)
LANGUAGES = 8
SKILLS = ("", "", "medical", "legal")
QUARTER, DAY = 15, 24 * 60
OPENS, CLOSES = 8 * 60, 20 * 60
SIZES = (
    (100, 20, 10),
    (300, 40, 15),
    (500, 50, 20),
    (1_000, 100, 20),
    (2_000, 100, 20),
    (2_000, 200, 20),
    (10_000, 400, 30),
    (10_000, 1_000, 30),
)
"""Tasks, people, days."""

Rows = Sequence[tuple[int, int, tuple[int, ...]]]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A named problem."""

    name: str
    problem: Problem

    @property
    def tasks(self) -> int:
        """How many tasks it has."""
        return len(self.problem.tasks)


def instances(options: Options) -> Iterator[Instance]:
    """Yield the files of the folder that was named, else generated ones, smallest first."""
    limit = options.size(10_000, least=SIZES[0][0])
    if options.instances:
        files = (*options.instances.rglob("*.dat"), *options.instances.rglob("*.json"))
        read = [Instance(name=file.stem, problem=read_instance(file)) for file in files]
        yield from sorted(
            (row for row in read if row.tasks <= limit), key=lambda row: (row.tasks, row.name)
        )
        return
    for tasks, people, days in SIZES:
        if tasks <= limit:
            yield Instance(name=f"{tasks} x {people}", problem=generate(tasks, people, days=days))


def generate(tasks: int, people: int, *, days: int, seed: int = 1) -> Problem:
    """Return an instance of this size; the same seed gives the same one."""
    dice = random.Random(f"{tasks} {people} {days} {seed}")
    classes = _classes(dice, people)
    busy: list[set[int]] = [set() for _ in range(people)]
    drawn: list[tuple[int, int, tuple[int, ...]]] = []
    while len(drawn) < tasks:
        minutes = dice.choice(LENGTHS)
        opens = DAY * dice.randrange(days) + OPENS
        start = opens + QUARTER * dice.randrange((CLOSES - OPENS - minutes) // QUARTER + 1)
        able = dice.choice(classes)
        quarters = set(range(start // QUARTER, (start + minutes) // QUARTER))
        free = [who for who in able if busy[who].isdisjoint(quarters)]
        if free:
            busy[dice.choice(free)] |= quarters
            drawn.append((start, start + minutes, able))
    drawn.sort()
    return problem_of(drawn, [QUARTER * dice.randrange(80) for _ in range(people)])


def rows_of(problem: Problem) -> tuple[Rows, Sequence[int]]:
    """Return start, end and able people of each task, and the offsets: what a process can send."""
    return [(task.start, task.end, task.people) for task in problem.tasks], problem.offsets


def problem_of(rows: Rows, offsets: Sequence[int]) -> Problem:
    """Return the problem of these rows, each task a booking of its own."""
    return Problem(
        tasks=tuple(
            Task(start=start, end=end, people=able, unit=unit)
            for unit, (start, end, able) in enumerate(rows)
        ),
        offsets=tuple(offsets),
        priorities=(1,) * len(rows),
    )


def _classes(dice: random.Random, people: int) -> list[tuple[int, ...]]:
    """Return sets of able people as languages and skills make them: few large, many small.

    A set that is asked for more often stands in the list more often.
    """
    wanted = [language for language in range(LANGUAGES) for _ in range(LANGUAGES - language)]
    speaks = [set(dice.choices(wanted, k=2)) for _ in range(people)]
    skills = [dice.choice(SKILLS) for _ in range(people)]
    found = []
    for language in wanted:
        able = tuple(who for who in range(people) if language in speaks[who])
        skill = dice.choice(SKILLS)
        some = tuple(who for who in able if skills[who] == skill)
        found += [able, some]
    return [row for row in found if row]
