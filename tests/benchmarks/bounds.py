"""Lower bounds of the sum of squares, none of them from the engine.

The LP relaxation prices minutes, and moments at which somebody can be needed twice. Its prices,
rounded to whole numbers, certify a bound by integer arithmetic alone (weak duality):

    sum over people of min over steps k of ((offset + step * k)^2 - price * k)
    + sum over tasks of min over able people of (price * steps of the task + prices of its moments)
    - the prices of all moments
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from assignment.engine.joint import Problem
from tests.benchmarks.pools import problem_of

ROUNDS = 25
SLACK = 1e-6


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Who can do what, flat: ``task`` and ``person`` of each pair, and steps of every task."""

    task: list[int]
    person: list[int]
    steps: list[int]
    step: int
    of_person: list[list[int]] = field(default_factory=list)


def step_of(problem: Problem) -> int:
    """Return the greatest common divisor of all lengths."""
    return math.gcd(*(task.end - task.start for task in problem.tasks))


def pairs_of(problem: Problem, *, step: int | None = None) -> Pairs:
    """Return the pairs of an instance, its lengths in steps."""
    step = step or step_of(problem)
    rows = [(index, who) for index, task in enumerate(problem.tasks) for who in task.people]
    of_person: list[list[int]] = [[] for _ in problem.offsets]
    for place, (_, who) in enumerate(rows):
        of_person[who].append(place)
    return Pairs(
        task=[index for index, _ in rows],
        person=[who for _, who in rows],
        steps=[(task.end - task.start) // step for task in problem.tasks],
        step=step,
        of_person=of_person,
    )


def moments(problem: Problem, pairs: Pairs) -> Iterator[list[int]]:
    """Yield the largest sets of pairs of one person of which at most one can be taken."""
    for places in pairs.of_person:
        tasks = sorted(places, key=lambda place: problem.tasks[pairs.task[place]].start)
        running: list[int] = []
        grew = False
        for place in tasks:
            start = problem.tasks[pairs.task[place]].start
            still = [row for row in running if problem.tasks[pairs.task[row]].end > start]
            if len(still) < len(running) and grew and len(running) > 1:
                yield running
                grew = False
            running = [*still, place]
            grew = True
        if grew and len(running) > 1:
            yield running


def share_bound(problem: Problem) -> int:
    """Return the bound as if everybody could do everything, in steps of any size above 0."""
    left = sum(task.end - task.start for task in problem.tasks)
    step = step_of(problem)
    low, high = min(problem.offsets), max(problem.offsets) + left
    while high - low > 1:
        level = (low + high) // 2
        used = sum(max(0, (level - offset) // step) for offset in problem.offsets)
        low, high = (level, high) if used * step <= left else (low, level)
    filled = [offset + max(0, (low - offset) // step) * step for offset in problem.offsets]
    rest = (left - sum(filled) + sum(problem.offsets)) // step
    for who in sorted(range(len(filled)), key=lambda row: filled[row])[:rest]:
        filled[who] += step
    return sum(value * value for value in filled)


def lp_bound(problem: Problem, *, seconds: float) -> int:
    """Return the certified bound of the LP relaxation, or what its prices certify by then."""
    return _Relaxation(problem, pairs_of(problem), seconds=seconds).bound()


def flow_bound(problem: Problem, *, seconds: float) -> int:
    """Return the bound of the LP relaxation as if nothing overlapped: for what is too large.

    What the same people can do is one task then, of which each does a part.
    """
    minutes: Counter[tuple[int, ...]] = Counter()
    for task in problem.tasks:
        minutes[task.people] += task.end - task.start
    rows, start = [], 0
    for people, length in sorted(minutes.items()):
        rows.append((start, start + length, people))
        start += length
    merged = problem_of(rows, problem.offsets)
    pairs = pairs_of(merged, step=step_of(problem))
    return _Relaxation(merged, pairs, seconds=seconds).bound()


class _Relaxation:
    """The LP: chords of the squares and moments are added where its answer lies below them."""

    def __init__(self, problem: Problem, pairs: Pairs, *, seconds: float) -> None:
        self.problem, self.pairs = problem, pairs
        self.all_moments = list(moments(problem, self.pairs))
        self.taken: dict[int, int] = {}
        self.most = [
            sum(self.pairs.steps[self.pairs.task[place]] for place in places)
            for places in self.pairs.of_person
        ]
        self.chords: set[tuple[int, int]] = set()
        self.lp = highspy.Highs()
        self.lp.silent()
        self.lp.setOptionValue("threads", 2)
        self.lp.setOptionValue("time_limit", seconds)
        self._fill()

    def bound(self) -> int:
        best = 0
        for _ in range(ROUNDS):
            self.lp.run()
            if self.lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                break
            best = max(best, self._certified())
            if not self._add_chords() + self._add_moments():
                break
        return best

    def _fill(self) -> None:
        pairs, people = self.pairs, len(self.problem.offsets)
        count, endless = len(pairs.task), highspy.kHighsInf
        upper = np.array([1.0] * count + [float(most) for most in self.most] + [endless] * people)
        self.lp.addVars(len(upper), np.zeros(len(upper)), upper)
        costs: Any = np.arange(count + people, count + 2 * people, dtype=np.int32)
        self.lp.changeColsCost(people, costs, np.ones(people))
        of_task: list[list[int]] = [[] for _ in self.problem.tasks]
        for place, task in enumerate(pairs.task):
            of_task[task].append(place)
        for places in of_task:
            self._add_row(1, 1, places, [1.0] * len(places))
        for who, places in enumerate(pairs.of_person):
            steps = [float(pairs.steps[pairs.task[place]]) for place in places]
            self._add_row(0, 0, [*places, count + who], [*steps, -1.0])
        level = sum(self.problem.offsets) + pairs.step * sum(pairs.steps)
        for who, offset in enumerate(self.problem.offsets):
            middle = (level // people - offset) // pairs.step
            for near in range(middle - 12, middle + 13, 3):
                self._add_chord(who, near)

    def _add_row(
        self, low: float, high: float, columns: Sequence[int], values: Sequence[float]
    ) -> None:
        indices = np.array(columns, dtype=np.int32)
        self.lp.addRow(low, high, len(columns), indices, np.array(values))

    def _add_chord(self, who: int, steps: int) -> int:
        """Add the chord from a number of steps to the next; costs are in squares of a step."""
        steps = min(max(steps, 0), max(self.most[who] - 1, 0))
        if (who, steps) in self.chords:
            return 0
        self.chords.add((who, steps))
        offset = self.problem.offsets[who] / self.pairs.step
        slope = 2 * offset + 2 * steps + 1
        least = (offset + steps) ** 2 - slope * steps
        count, people = len(self.pairs.task), len(self.problem.offsets)
        columns = (count + people + who, count + who)
        self._add_row(least, highspy.kHighsInf, columns, (1.0, -slope))
        return 1

    def _add_chords(self) -> int:
        values = self.lp.getSolution().col_value
        count, people, added = len(self.pairs.task), len(self.problem.offsets), 0
        for who, offset in enumerate(self.problem.offsets):
            at, cost = values[count + who], values[count + people + who]
            low = math.floor(at + SLACK)
            start = offset / self.pairs.step
            exact = (start + low) ** 2 + (at - low) * (2 * (start + low) + 1)
            if exact > cost + SLACK * max(1.0, exact):
                added += self._add_chord(who, low)
        return added

    def _add_moments(self) -> int:
        values = self.lp.getSolution().col_value
        added = 0
        for index, places in enumerate(self.all_moments):
            if index not in self.taken and sum(values[place] for place in places) > 1 + 1e-5:
                self.taken[index] = self.lp.getNumRow()
                self._add_row(0, 1, places, [1.0] * len(places))
                added += 1
        return added

    def _certified(self) -> int:
        pairs, duals = self.pairs, self.lp.getSolution().row_dual
        tasks, square = len(self.problem.tasks), self.pairs.step**2
        prices = [round(-duals[tasks + who] * square) for who in range(len(self.problem.offsets))]
        extra = [0] * len(pairs.task)
        total = 0
        for index, row in self.taken.items():
            price = max(0, round(-duals[row] * square))
            total -= price
            for place in self.all_moments[index] if price else ():
                extra[place] += price
        cheapest: dict[int, int] = {}
        for place, (task, who) in enumerate(zip(pairs.task, pairs.person, strict=True)):
            cost = prices[who] * pairs.steps[task] + extra[place]
            cheapest[task] = min(cost, cheapest.get(task, cost))
        for who, (offset, price) in enumerate(zip(self.problem.offsets, prices, strict=True)):
            total += _least(offset, price, step=pairs.step, most=self.most[who])
        return total + sum(cheapest.values())


def _least(offset: int, price: int, *, step: int, most: int) -> int:
    """Return the least of (offset + step * k)^2 - price * k over whole k from 0 to most."""
    near = (price - 2 * offset * step) // (2 * step * step)
    tried = {min(max(k, 0), most) for k in (near - 1, near, near + 1, near + 2)}
    return min((offset + step * k) ** 2 - price * k for k in tried)
