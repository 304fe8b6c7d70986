"""Weekly working hours: reading them, and asking whether they cover a meeting."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PART = re.compile(
    r"(?P<first>[A-Z][a-z]{2})(-(?P<last>[A-Z][a-z]{2}))?\s+"
    r"(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2})"
)
MIDNIGHT = 24 * 60


class Shift(NamedTuple):
    """One shift: weekday it begins on (Monday = 0), first and last minute of that day.

    ``end`` beyond 1,440 means that the shift ends on the next day.
    """

    weekday: int
    start: int
    end: int


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> tuple[Shift, ...]:
    """Return the shifts of ``Mon-Fri 08:00-17:00;Sat 09:00-12:00``; empty text = always.

    A shift whose end is not after its start runs into the next day.
    Raises ValueError with a sentence for a person.
    """
    shifts: list[Shift] = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        match = PART.fullmatch(part)
        if match is None or match["first"] not in DAYS or (match["last"] or "Mon") not in DAYS:
            raise ValueError(
                f"“{part[:40]}” are no working hours: write such as "
                "Mon-Fri 08:00-17:00;Sat 09:00-12:00."
            )
        start, end = _minutes(match["from"]), _minutes(match["to"])
        if end <= start:
            end += MIDNIGHT
        first = DAYS.index(match["first"])
        last = DAYS.index(match["last"]) if match["last"] else first
        for step in range((last - first) % 7 + 1):
            shifts.append(Shift(weekday=(first + step) % 7, start=start, end=end))
    return tuple(sorted(shifts))


@lru_cache(maxsize=65_536)  # in a plan, many people share their hours and are asked in turn
def cover(
    shifts: tuple[Shift, ...], *, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> bool:
    """Tell whether the shifts cover the whole meeting [start, end), both in UTC.

    Shifts are wall-clock times of ``zone``; the comparison is made in UTC, so that days
    with a change of the clock come out right. No shifts = always at work.
    """
    if not shifts:
        return True
    reached = start.astimezone(dt.UTC)
    goal = end.astimezone(dt.UTC)
    for opens, closes in _windows(shifts, start=start, end=end, zone=zone):
        if opens > reached:
            return False
        reached = max(reached, closes)
        if reached >= goal:
            return True
    return False


def _windows(
    shifts: tuple[Shift, ...], *, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the shifts around the meeting as sorted UTC intervals that may touch it."""
    windows = []
    day = start.astimezone(zone).date() - dt.timedelta(days=1)
    last = end.astimezone(zone).date()
    begin = start.astimezone(dt.UTC)
    while day <= last:
        for shift in shifts:
            if shift.weekday == day.weekday():
                opens = _instant(day, shift.start, zone)
                closes = _instant(day, shift.end, zone)
                if closes > begin:
                    windows.append((opens, closes))
        day += dt.timedelta(days=1)
    return sorted(windows)


def _instant(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    wall = dt.datetime.combine(day + dt.timedelta(days=minute // MIDNIGHT), dt.time())
    wall += dt.timedelta(minutes=minute % MIDNIGHT)
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)


def _minutes(clock: str) -> int:
    hour, minute = (int(part) for part in clock.split(":"))
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError(f"“{clock}” is no time of day: write 00:00 to 24:00.")
    return hour * 60 + minute
