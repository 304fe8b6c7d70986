"""People who share no task, not even through others, can be decided apart: it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assignment.engine.joint.problem import Problem, Task


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
    inside = {task for who in people for task in problem.abilities[who]}
    units = sorted({problem.tasks[task].unit for task in inside})
    tasks = [task for unit in units for task in problem.units[unit]]
    place = _Place(
        person={who: index for index, who in enumerate(people)},
        task={task: index for index, task in enumerate(tasks)},
        unit={unit: index for index, unit in enumerate(units)},
    )
    return tasks, Problem(
        tasks=tuple(place.of_task(problem.tasks[task]) for task in tasks),
        offsets=tuple(problem.offsets[who] for who in people),
        priorities=tuple(problem.priorities[unit] for unit in units),
        partial=frozenset(place.unit[unit] for unit in problem.partial if unit in place.unit),
        apart={
            place.task[task]: place.of_tasks(others)
            for task, others in problem.apart.items()
            if task in place.task
        },
        caps=tuple(
            replace(cap, person=place.person[cap.person], tasks=place.of_tasks(cap.tasks))
            for cap in problem.caps
            if cap.person in place.person
        ),
        gains={
            place.task[task]: place.of_points(row)
            for task, row in problem.gains.items()
            if task in place.task
        },
        idle=tuple(problem.idle[who] for who in people) if problem.idle else (),
        tie=lambda task, who: problem.tie(tasks[task], people[who]),
    )


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where people, tasks and units of the whole stand in a part of it."""

    person: dict[int, int]
    task: dict[int, int]
    unit: dict[int, int]

    def of_task(self, task: Task) -> Task:
        people = tuple(self.person[who] for who in task.people)
        return replace(task, people=people, unit=self.unit[task.unit])

    def of_tasks(self, tasks: Iterable[int]) -> frozenset[int]:
        return frozenset(self.task[task] for task in tasks if task in self.task)

    def of_points(self, points: Mapping[int, int]) -> dict[int, int]:
        return {self.person[who]: value for who, value in points.items() if who in self.person}
