"""People who share no task, not even through others, can be decided apart: it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assignment.engine.joint.problem import Problem


def components(problem: Problem) -> list[list[int]]:
    """Return the people who depend on each other, in order; those who can do nothing apart."""
    root = list(range(len(problem.offsets)))

    def find(who: int) -> int:
        while root[who] != who:
            root[who] = root[root[who]]
            who = root[who]
        return who

    for people in sorted({task.people for task in problem.tasks if task.people}):
        for who in people[1:]:
            one, other = sorted((find(people[0]), find(who)))
            root[other] = one
    for unit in problem.units:
        firsts = [problem.tasks[task].people[0] for task in unit if problem.tasks[task].people]
        for who in firsts[1:]:
            one, other = sorted((find(firsts[0]), find(who)))
            root[other] = one
    found: dict[int, list[int]] = {}
    for who, able in enumerate(problem.abilities):
        if able:
            found.setdefault(find(who), []).append(who)
    return [found[key] for key in sorted(found)]


def cut_out(problem: Problem, people: Sequence[int]) -> tuple[list[int], Problem]:
    """Return the tasks of these people, and the problem that consists of them alone."""
    place = {who: index for index, who in enumerate(people)}
    inside = sorted({task for who in people for task in problem.abilities[who]})
    units = sorted({problem.tasks[task].unit for task in inside})
    tasks = [task for unit in units for task in problem.units[unit]]
    index_of = {task: index for index, task in enumerate(tasks)}
    unit_of = {unit: index for index, unit in enumerate(units)}
    return tasks, Problem(
        tasks=tuple(
            replace(
                problem.tasks[task],
                people=tuple(place[who] for who in problem.tasks[task].people),
                unit=unit_of[problem.tasks[task].unit],
            )
            for task in tasks
        ),
        offsets=tuple(problem.offsets[who] for who in people),
        priorities=tuple(problem.priorities[unit] for unit in units),
        partial=frozenset(unit_of[unit] for unit in problem.partial if unit in unit_of),
        apart={
            index_of[task]: frozenset(index_of[row] for row in others if row in index_of)
            for task, others in problem.apart.items()
            if task in index_of
        },
        caps=tuple(
            replace(
                cap,
                person=place[cap.person],
                tasks=frozenset(index_of[task] for task in cap.tasks if task in index_of),
            )
            for cap in problem.caps
            if cap.person in place
        ),
        gains={
            index_of[task]: {place[who]: points for who, points in row.items() if who in place}
            for task, row in problem.gains.items()
            if task in index_of
        },
        idle=tuple(problem.idle[who] for who in people) if problem.idle else (),
        tie=lambda task, who: problem.tie(tasks[task], people[who]),
    )
