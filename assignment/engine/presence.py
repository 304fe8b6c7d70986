"""Who was there when work was given out, and what those who were not are calibrated by. Pure.

A newcomer has no hours from before they came, and somebody back from leave none from while
they were away. Left at that, both would be far below everybody and be flooded. So the ledger
counts, for each time of absence, what the colleagues who were there got in it, by weight: their
average. It is derived and never posted, because it must fade as that time leaves the fairness
window, just as the colleagues' own hours do; a posted sum would stand for a whole window and
then fall away at once.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Interval = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A time, half-open, in which an active person was away; times may overlap."""

    person_id: int
    weight: float
    start: dt.datetime
    end: dt.datetime


class Presence:
    """Who is away, and the weight of those who are there, at every moment."""

    def __init__(self, absences: Sequence[Absence] = (), *, total_weight: float = 0.0) -> None:
        """``total_weight``: of all active people, the absent included."""
        self._weights = {row.person_id: row.weight for row in absences}
        changes: dict[dt.datetime, Counter[int]] = defaultdict(Counter)
        for row in absences:
            changes[row.start][row.person_id] += 1
            changes[row.end][row.person_id] -= 1
        self._bounds = sorted(changes)
        self._away: list[frozenset[int]] = [frozenset()]
        count: Counter[int] = Counter()
        for bound in self._bounds:
            for person_id, change in changes[bound].items():
                count[person_id] += change
            self._away.append(frozenset(key for key, times in count.items() if times))
        self._there = [
            total_weight - sum(self._weights[key] for key in sorted(away)) for away in self._away
        ]

    def __bool__(self) -> bool:
        """Whether anybody is ever away."""
        return bool(self._bounds)

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """The first moment at which somebody is away, and the one from which nobody is."""
        return self._bounds[0], self._bounds[-1]

    def away_at(self, at: dt.datetime) -> frozenset[int]:
        """Return the ids of those who are away."""
        return self._away[bisect.bisect_right(self._bounds, at)]

    def calibration(self, *, at: dt.datetime, seconds: int) -> dict[int, float]:
        """Return what work that starts then adds to the ledger of those who are away, by id."""
        place = bisect.bisect_right(self._bounds, at)
        return self._share(place, seconds)

    def calibrations(self, worked: Iterable[tuple[dt.datetime, int]]) -> dict[int, float]:
        """Return seconds by id for all work, given as (start, seconds)."""
        by_place: Counter[int] = Counter()
        for at, seconds in worked:
            by_place[bisect.bisect_right(self._bounds, at)] += seconds
        found: dict[int, float] = defaultdict(float)
        for place, seconds in sorted(by_place.items()):
            for person_id, share in self._share(place, seconds).items():
                found[person_id] += share
        return dict(found)

    def _share(self, place: int, seconds: int) -> dict[int, float]:
        there = self._there[place]
        if there <= 0:
            return {}
        return {key: seconds * self._weights[key] / there for key in self._away[place]}
