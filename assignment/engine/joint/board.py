"""Who does what while a joint decision is searched for. Changes itself; knows no strategy."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from assignment.engine.joint.problem import Problem

NOBODY = -1


class Board:
    """Each person's tasks in order of start, deviation in minutes, and the owner of each task."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rows: list[list[int]] = [[] for _ in problem.offsets]
        self.deviation = list(problem.offsets)
        self.owner = [NOBODY] * len(problem.tasks)
        self.start = [task.start for task in problem.tasks]
        self.end = [task.end for task in problem.tasks]
        self.moves: list[tuple[int, int]] = []

    def put(self, task: int, person: int) -> None:
        """Give a task that nobody has to a person."""
        self.moves.append((task, NOBODY))
        insort(self.rows[person], task, key=self.start.__getitem__)
        self.deviation[person] += self.problem.tasks[task].minutes
        self.owner[task] = person

    def take(self, task: int) -> int:
        """Take a task from its person, who is returned."""
        person = self.owner[task]
        self.rows[person].remove(task)
        self.deviation[person] -= self.problem.tasks[task].minutes
        self.owner[task] = NOBODY
        self.moves.append((task, person))
        return person

    def take_back(self, mark: int) -> None:
        """Undo what was put and taken since there were so many moves."""
        while len(self.moves) > mark:
            task, person = self.moves.pop()
            if person == NOBODY:
                self.take(task)
            else:
                self.put(task, person)
            self.moves.pop()

    def load(self, owner: Sequence[int]) -> None:
        """Become the assignment that says who has each task."""
        self.moves = []
        self.rows = [[] for _ in self.problem.offsets]
        self.deviation = list(self.problem.offsets)
        self.owner = list(owner)
        for task in sorted(range(len(owner)), key=self.start.__getitem__):
            if owner[task] != NOBODY:
                self.rows[owner[task]].append(task)
                self.deviation[owner[task]] += self.problem.tasks[task].minutes

    def clashes(self, task: int, person: int) -> list[int]:
        """Return what the person has that cannot go together with the task."""
        problem, row = self.problem, self.rows[person]
        place = bisect_left(row, self.start[task], key=self.start.__getitem__)
        found = []
        earliest, latest = self.start[task] - problem.margin, self.end[task] + problem.margin
        for index in range(place - 1, -1, -1):
            if self.end[row[index]] <= earliest:
                break
            if problem.clash(task, row[index]):
                found.append(row[index])
        for index in range(place, len(row)):
            if self.start[row[index]] >= latest:
                break
            if problem.clash(task, row[index]):
                found.append(row[index])
        for other in problem.apart.get(task, ()):
            if self.owner[other] == person and other not in found:
                found.append(other)
        return found

    def exceeds_cap(self, person: int, tasks: Iterable[int]) -> bool:
        """Tell whether these tasks together are more than a cap of the person allows.

        A cap is about hours of work, whatever they count for in the ledger.
        """
        caps = self.problem.caps_of.get(person)
        if not caps:
            return False
        held, start, end = list(tasks), self.start, self.end
        return any(
            sum(end[task] - start[task] for task in held if task in cap.tasks) > cap.minutes
            for cap in caps
        )

    def is_free(self, task: int, person: int) -> bool:
        """Tell whether the person can take the task beside what they have."""
        if self.clashes(task, person):
            return False
        return not self.exceeds_cap(person, (*self.rows[person], task))

    @property
    def squares(self) -> int:
        """The sum of squared deviations in minutes, of all people, idle ones included."""
        return sum(value * value for value in self.deviation)

    @property
    def covered(self) -> tuple[int, int]:
        """What is covered: the priorities of the units that are whole, and how many tasks."""
        problem, owner = self.problem, self.owner
        whole = sum(
            priority
            for priority, unit in zip(problem.priorities, problem.units, strict=True)
            if all(owner[task] != NOBODY for task in unit)
        )
        return whole, len(owner) - owner.count(NOBODY)

    @property
    def worth(self) -> tuple[int, int]:
        """The points of preferences, and how long ago those who serve last worked."""
        held = [(task, person) for task, person in enumerate(self.owner) if person != NOBODY]
        points = sum(self.problem.gain(task, person) for task, person in held)
        return points, sum(self.problem.idle_of(person) for _, person in held)

    @property
    def value(self) -> tuple[int, ...]:
        """How good the board is, first things first; more is better."""
        return (*self.covered, -self.squares, *self.worth)
