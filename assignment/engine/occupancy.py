"""Who is busy when, by the hour: to ask about everybody at once. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from assignment.engine.request import Work

HOUR = 3600


class Occupancy:
    """The people with work in each hour of the clock.

    It grows with a plan and forgets nothing that is taken back: it may name too many, and
    never too few.
    """

    def __init__(self, work: Mapping[int, Iterable[Work]]) -> None:
        self.busy: dict[int, set[int]] = defaultdict(set)
        for person_id, rows in work.items():
            for row in rows:
                self.add(person_id, row)

    def add(self, person_id: int, work: Work) -> None:
        """Note that somebody is busy with this work."""
        for hour in _hours(work.starts_at, work.ends_at):
            self.busy[hour].add(person_id)

    def around(self, start: dt.datetime, end: dt.datetime) -> set[int]:
        """Return whoever may be busy in [start, end): everybody else is free."""
        hours = _hours(start, end)
        return set().union(*(self.busy[hour] for hour in hours if hour in self.busy))


def _hours(start: dt.datetime, end: dt.datetime) -> range:
    """Return the hours since the epoch that [start, end) touches, that of ``start`` always."""
    first = int(start.timestamp() // HOUR)
    return range(first, max(first, int((end.timestamp() - 1e-6) // HOUR)) + 1)
