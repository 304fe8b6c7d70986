"""A certified lower bound of the sum of squared deviations, in whole numbers.

For any prices p of a person's minutes, no assignment of the covered tasks can have a smaller sum
of squares than

    sum over people of  min over reachable y of (y * y - p * y)  +  p * offset
    + sum over tasks of  minutes * min over those who can do it of p

where y steps from the person's offset by the greatest common divisor of all lengths (Lagrangian
relaxation of "each task has one person"; that nobody can be in two places is left out). Good prices
are twice the levels that the shares reach when minutes flow freely between those who are able.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

from assignment.engine.joint.problem import Problem

ROUNDS = 60
CLOSE = 0.25
"""Minutes: levels that move less in a round are settled."""


@dataclass(frozen=True, kw_only=True)
class _Flow:
    """The covered minutes by who can do them, and what steps a person's minutes have."""

    demands: tuple[tuple[tuple[int, ...], int], ...]
    offsets: tuple[int, ...]
    step: int


def lower_bound(problem: Problem, covered: Sequence[int]) -> int:
    """Return minutes squared that no assignment of these tasks can go below."""
    if not covered:
        return sum(offset * offset for offset in problem.offsets)
    minutes: Counter[tuple[int, ...]] = Counter()
    for task in covered:
        minutes[problem.tasks[task].people] += problem.tasks[task].minutes
    flow = _Flow(
        demands=tuple(sorted(minutes.items())),
        offsets=problem.offsets,
        step=math.gcd(*(problem.tasks[task].minutes for task in covered)),
    )
    return _best_of(flow, _levels(flow))


def _levels(flow: _Flow) -> list[float]:
    """Return where each person's minutes end when they flow freely to the lowest able person.

    One set of able people after the other is filled up anew, until nothing moves: the sum of
    squares falls each time, and its minimum over all sets is where no set changes any more.
    """
    level = [float(offset) for offset in flow.offsets]
    given = [[0.0] * len(people) for people, _ in flow.demands]
    for _ in range(ROUNDS):
        moved = 0.0
        for place, (people, minutes) in enumerate(flow.demands):
            parts = given[place]
            below = [level[who] - part for who, part in zip(people, parts, strict=True)]
            height = _fill(sorted(below), minutes)
            filled = [height - under if under < height else 0.0 for under in below]
            change = max(map(abs, map(sub, filled, parts)))
            if not change:
                continue
            moved = max(moved, change)
            given[place] = filled
            for who, under, part in zip(people, below, filled, strict=True):
                level[who] = under + part
        if moved < CLOSE:
            break
    return level


def _fill(levels: Sequence[float], minutes: float) -> float:
    """Return how high this amount rises over these levels, lowest first."""
    total, height = minutes, math.inf
    for count, level in enumerate(levels, 1):
        if height <= level:
            break
        total += level
        height = total / count
    return height


def _best_of(flow: _Flow, levels: Sequence[float]) -> int:
    """Return the best bound of a few prices near twice the levels: the steps' corners count."""
    plain = [round(2 * level) for level in levels]
    low = [_corner(flow, who, level, 0) for who, level in enumerate(levels)]
    high = [_corner(flow, who, level, 1) for who, level in enumerate(levels)]
    prices = max((plain, low, high), key=lambda row: _value(flow, row))
    best = _value(flow, prices)
    for group in _groups(levels, flow.step):
        for other in (low, high, plain):
            tried = list(prices)
            for who in group:
                tried[who] = other[group[0]]
            value = _value(flow, tried)
            if value > best:
                prices, best = tried, value
    return best


def _corner(flow: _Flow, who: int, level: float, above: int) -> int:
    """Return the price at which two neighbouring steps of a person cost the same."""
    steps = math.floor((level - flow.offsets[who]) / flow.step) + above - 1
    return 2 * (flow.offsets[who] + steps * flow.step) + flow.step


def _groups(levels: Sequence[float], step: int) -> list[list[int]]:
    """Return people whose levels are the same within a step, highest group last."""
    groups: list[list[int]] = []
    for who in sorted(range(len(levels)), key=lambda row: (levels[row], row)):
        if groups and levels[who] - levels[groups[-1][0]] <= step / 2:
            groups[-1].append(who)
        else:
            groups.append([who])
    return groups


def _value(flow: _Flow, prices: Sequence[int]) -> int:
    """Return the bound that these prices certify."""
    total = 0
    for who, (offset, price) in enumerate(zip(flow.offsets, prices, strict=True)):
        steps = max(0, (price - 2 * offset) // (2 * flow.step))
        low = offset + steps * flow.step
        high = low + flow.step
        total += min(low * (low - price), high * (high - price)) + prices[who] * offset
    for people, minutes in flow.demands:
        total += minutes * min(map(prices.__getitem__, people))
    return total
