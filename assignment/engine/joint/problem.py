"""The joint decision as numbers: people, tasks, and what may not go together. Frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One position of one booking: [start, end) in minutes, and who can do it, by index.

    ``margin``: minutes that must stay free between this task and another of the same person.
    ``extra``: minutes for which it counts on top of its length. ``unit``: the booking; its
    tasks are covered together or not at all.
    """

    start: int
    end: int
    people: tuple[int, ...]
    unit: int
    margin: int = 0
    extra: int = 0

    @property
    def minutes(self) -> int:
        """For how many minutes it counts."""
        return self.end - self.start + self.extra


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most so many minutes of these tasks for one person, such as those of one day."""

    person: int
    tasks: frozenset[int]
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is decided together.

    ``offsets``: minutes above the fair share before the plan, by person; below is negative.
    ``priorities``: what covering a unit is worth. ``partial``: units of which a part may be
    covered. ``apart``: for a task, others that must not go to the same person although they
    do not overlap. ``gains``: for a task, points by person (missing is 0); more is better.
    ``idle``: by person, how long since the last work; longer is served sooner. ``tie``: sort
    key of a task and a person who are alike in all else.
    """

    tasks: tuple[Task, ...]
    offsets: tuple[int, ...]
    priorities: tuple[int, ...]
    partial: frozenset[int] = frozenset()
    apart: Mapping[int, frozenset[int]] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    gains: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    idle: tuple[int, ...] = ()
    tie: Callable[[int, int], str] = lambda _, person: f"{person:09d}"

    @cached_property
    def units(self) -> tuple[tuple[int, ...], ...]:
        """The tasks of each unit, in order of position."""
        found: list[list[int]] = [[] for _ in self.priorities]
        for index, task in enumerate(self.tasks):
            found[task.unit].append(index)
        return tuple(tuple(row) for row in found)

    @cached_property
    def abilities(self) -> tuple[frozenset[int], ...]:
        """The tasks that each person can do."""
        found: list[set[int]] = [set() for _ in self.offsets]
        for index, task in enumerate(self.tasks):
            for person in task.people:
                found[person].add(index)
        return tuple(frozenset(row) for row in found)

    @cached_property
    def caps_of(self) -> Mapping[int, tuple[Cap, ...]]:
        """The caps of each person who has any."""
        found: dict[int, list[Cap]] = {}
        for cap in self.caps:
            found.setdefault(cap.person, []).append(cap)
        return {person: tuple(rows) for person, rows in found.items()}

    @cached_property
    def margin(self) -> int:
        """The largest margin of any task."""
        return max((task.margin for task in self.tasks), default=0)

    def gain(self, task: int, person: int) -> int:
        """Return the points for giving a task to a person."""
        points = self.gains.get(task)
        return points.get(person, 0) if points else 0

    def idle_of(self, person: int) -> int:
        """Return how long since the person's last work; 0 where that is not known."""
        return self.idle[person] if self.idle else 0

    def clash(self, one: int, other: int) -> bool:
        """Tell whether two tasks cannot have the same person."""
        a, b = self.tasks[one], self.tasks[other]
        margin = max(a.margin, b.margin)
        if a.start < b.end + margin and b.start < a.end + margin:
            return True
        return other in self.apart.get(one, ())
