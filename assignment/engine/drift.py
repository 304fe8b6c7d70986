"""Tells a bias in who gets the work from the ups and downs of fair decisions. Pure.

A two-sided CUSUM for each person on what they received of each award less the part that was
theirs. The difference is counted in bookings (``unit``: the mean length, weighted by length), so
that it has one scale whatever the lengths are.

The limits follow from two facts. Fair decisions give to whoever is furthest below, so that
received less entitled stays within one booking of zero on both sides: no sum of differences
between two moments exceeds ``LIMIT`` = 2 (lengths that differ eightfold came to 1.97). A bias
of ``BIAS`` = 10 % gives somebody every tenth booking whoever is next; with a part p of the
bookings theirs anyway, they gain 0.1 (1 - p) a booking. The allowance is half of that, the best
choice for a CUSUM between no shift and that one (Page, 1954), so that the sum grows by
0.05 (1 - p) and passes the limit after 40 / (1 - p) bookings on the average: 48 of six people's,
60 of three, 80 of two.
Somebody passed over can lose no more than p a booking, so that there half of p is the most
allowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BIAS = 0.1
LIMIT = 2.0
HEALED = LIMIT / 2
FAVOURED, PASSED_OVER = "favoured", "passed over"


@dataclass(frozen=True, kw_only=True, slots=True)
class Award:
    """Work that somebody got, and the part of it (0 to 1) that was each one's by right."""

    person_id: int
    seconds: int
    parts: Mapping[int, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """A bias that stands: for or against whom, how many bookings beyond what chance allows.

    ``since``: the place in the sequence at which it was flagged.
    """

    person_id: int
    direction: str
    bookings: float
    since: int


def drifts(awards: Sequence[Award]) -> tuple[Drift, ...]:
    """Return the biases that stand after these awards, by person; empty = none."""
    unit = unit_seconds(awards)
    above: dict[int, float] = defaultdict(float)
    below: dict[int, float] = defaultdict(float)
    flagged: dict[tuple[int, str], int] = {}
    for place, award in enumerate(awards):
        size = award.seconds / unit
        for person_id, part in award.parts.items():
            gain = 1 - part if person_id == award.person_id else -part
            allowed = BIAS / 2 * (1 - part)
            over = above[person_id] + (gain - allowed) * size
            under = below[person_id] - (gain + min(allowed, part / 2)) * size
            above[person_id] = over = max(over, 0.0)
            below[person_id] = under = max(under, 0.0)
            if over > LIMIT:
                flagged.setdefault((person_id, FAVOURED), place)
            if under > LIMIT:
                flagged.setdefault((person_id, PASSED_OVER), place)
            if flagged:
                _heal(flagged, person_id, over=over, under=under)
    return tuple(
        Drift(
            person_id=key,
            direction=direction,
            bookings=(above if direction == FAVOURED else below)[key],
            since=since,
        )
        for (key, direction), since in sorted(flagged.items())
    )


def _heal(
    flagged: dict[tuple[int, str], int], person_id: int, *, over: float, under: float
) -> None:
    """Take back the flags whose sum has fallen below half of the limit."""
    if over < HEALED:
        flagged.pop((person_id, FAVOURED), None)
    if under < HEALED:
        flagged.pop((person_id, PASSED_OVER), None)


def unit_seconds(awards: Iterable[Award]) -> float:
    """Return the mean length of an award, weighted by length; 1 when there is none."""
    lengths = [award.seconds for award in awards]
    total = sum(lengths)
    return sum(length * length for length in lengths) / total if total else 1.0
