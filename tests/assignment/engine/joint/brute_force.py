"""A second implementation of the joint decision for small problems: every assignment is tried."""

from __future__ import annotations

from itertools import product
from random import Random

from assignment.engine.joint import Cap, Problem, Task

Value = tuple[int, int, int, int, int]
NOBODY = -1


def best_value(problem: Problem) -> Value:
    """Return the value of the best of all assignments that are allowed."""
    options = [(NOBODY, *task.people) for task in problem.tasks]
    return max(value_of(problem, owner) for owner in product(*options) if allowed(problem, owner))


def allowed(problem: Problem, owner: tuple[int, ...]) -> bool:
    """Whether nobody is at two places, above a cap, and no booking is covered in part."""
    given = [index for index, who in enumerate(owner) if who != NOBODY]
    for one in given:
        if owner[one] not in problem.tasks[one].people:
            return False
        for other in given:
            if one < other and owner[one] == owner[other] and _too_close(problem, one, other):
                return False
    for cap in problem.caps:
        held = [index for index in given if owner[index] == cap.person]
        counted = [problem.tasks[index] for index in held if index in cap.tasks]
        if sum(row.end - row.start for row in counted) > cap.minutes:
            return False
    for unit in range(len(problem.priorities)):
        rows = [owner[index] for index, task in enumerate(problem.tasks) if task.unit == unit]
        if unit not in problem.partial and NOBODY in rows and set(rows) != {NOBODY}:
            return False
    return True


def _too_close(problem: Problem, one: int, other: int) -> bool:
    a, b = problem.tasks[one], problem.tasks[other]
    if other in problem.apart.get(one, ()):
        return True
    first, second = (a, b) if a.start <= b.start else (b, a)
    return second.start - first.end < max(a.margin, b.margin) or second.start < first.end


def value_of(problem: Problem, owner: tuple[int, ...]) -> Value:
    """Return bookings by priority, positions, minus squares, points, idle time: more is better."""
    whole = 0
    for unit, priority in enumerate(problem.priorities):
        rows = [owner[index] for index, task in enumerate(problem.tasks) if task.unit == unit]
        whole += priority if NOBODY not in rows else 0
    minutes = list(problem.offsets)
    points = idle = 0
    for index, who in enumerate(owner):
        if who != NOBODY:
            task = problem.tasks[index]
            minutes[who] += task.end - task.start + task.extra
            points += problem.gains.get(index, {}).get(who, 0)
            idle += problem.idle[who] if problem.idle else 0
    squares = sum(value * value for value in minutes)
    return whole, sum(who != NOBODY for who in owner), -squares, points, idle


def random_problem(seed: int) -> Problem:
    """Return a small problem with everything in it: positions, margins, caps, DRs, preferences."""
    random = Random(seed)
    people = random.randint(2, 4)
    tasks: list[Task] = []
    priorities: list[int] = []
    partial: set[int] = set()
    while len(tasks) < random.randint(3, 6):
        tasks += _booking(random, people=people, unit=len(priorities))
        if random.random() < 0.2:
            partial.add(len(priorities))
        priorities.append(random.choice((1, 2, 2, 5)))
    numbers = range(len(tasks))
    return Problem(
        tasks=tuple(tasks),
        offsets=tuple(random.choice((0, 0, -30, 15, 60, 125)) for _ in range(people)),
        priorities=tuple(priorities),
        partial=frozenset(partial),
        apart=_apart(random, tasks),
        caps=tuple(
            Cap(
                person=who,
                tasks=frozenset(index for index in numbers if random.random() < 0.7),
                minutes=random.choice((60, 90, 120)),
            )
            for who in range(people)
            if random.random() < 0.3
        ),
        gains={
            index: {random.randrange(people): random.choice((-500, 300))}
            for index in numbers
            if random.random() < 0.3
        },
        idle=tuple(random.randint(0, 20) for _ in range(people)),
    )


def _booking(random: Random, *, people: int, unit: int) -> list[Task]:
    start, minutes = 30 * random.randint(0, 14), random.choice((30, 45, 60, 60, 90))
    task = Task(
        start=start,
        end=start + minutes,
        people=tuple(who for who in range(people) if random.random() < 0.7),
        unit=unit,
        margin=random.choice((0, 0, 0, 15, 40)),
        extra=random.choice((0, 0, 0, 30)),
    )
    return [task] * random.choice((1, 1, 1, 2))


def _apart(random: Random, tasks: list[Task]) -> dict[int, frozenset[int]]:
    one, other = random.sample(range(len(tasks)), 2)
    if random.random() < 0.6 or tasks[one].unit == tasks[other].unit:
        return {}
    return {one: frozenset({other}), other: frozenset({one})}
