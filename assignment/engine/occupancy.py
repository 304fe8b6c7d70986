"""Who is busy when, by the hour: to ask about everybody at once. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from assignment.engine.request import Told, Work

HOUR = 3600
NOBODY: dict[int, Any] = {}


class Occupancy:
    """The people with work in each hour of the clock, and what there is to say of that work."""

    def __init__(self, work: Mapping[int, Iterable[Work]]) -> None:
        self.busy: dict[int, dict[int, list[tuple[dt.datetime, dt.datetime, Told]]]] = {}
        for person_id, rows in work.items():
            for row in rows:
                self.add(person_id, row)

    def add(self, person_id: int, work: Work) -> None:
        """Note that somebody is busy with this work."""
        entry = (work.starts_at, work.ends_at, work.told())
        for hour in _hours(work.starts_at, work.ends_at):
            self.busy.setdefault(hour, {}).setdefault(person_id, []).append(entry)

    def around(self, start: dt.datetime, end: dt.datetime) -> set[int]:
        """Return whoever may be busy in [start, end): everybody else is free."""
        hours = _hours(start, end)
        return set().union(*(self.busy[hour] for hour in hours if hour in self.busy))

    def clash(self, person_id: int, *, start: dt.datetime, end: dt.datetime) -> Told | None:
        """Return what there is to say of the first work of somebody in [start, end), or None."""
        found: tuple[dt.datetime, dt.datetime, Told] | None = None
        for hour in _hours(start, end):
            for entry in self.busy.get(hour, NOBODY).get(person_id, ()):
                if entry[0] < end and entry[1] > start and (found is None or entry[0] < found[0]):
                    found = entry
        return found[2] if found else None


@lru_cache(maxsize=1024)  # a booking asks about many people in turn
def _hours(start: dt.datetime, end: dt.datetime) -> range:
    """Return the hours since the epoch that [start, end) touches, that of ``start`` always."""
    first = int(start.timestamp() // HOUR)
    return range(first, max(first, int((end.timestamp() - 1e-6) // HOUR)) + 1)
