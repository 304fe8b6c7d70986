"""Is this person free and at work at that time?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Set

from assignment.engine.facts import Facts
from assignment.engine.request import Person, Request
from assignment.engine.rules.base import Value
from assignment.working_hours import cover

DAY = dt.timedelta(days=1)


def is_at_work(person: Person, request: Request, _: Facts) -> tuple[Value, ...] | None:
    """The working hours cover the whole booking."""
    if not person.shifts:
        return None
    covered = cover(person.shifts, start=request.starts_at, end=request.ends_at, zone=person.zone)
    if covered:
        return None
    start = request.starts_at.astimezone(person.zone)
    end = request.ends_at.astimezone(person.zone)
    return (f"{start:%a %H:%M}", f"{end:%a %H:%M}", person.zone.key)


def whose_hours_do_not_cover(request: Request, facts: Facts) -> set[int]:
    """Return whom ``is_at_work`` says no to; people who share their hours are asked once."""
    start, end = request.starts_at, request.ends_at
    return set().union(
        *(
            ids
            for (shifts, zone), ids in facts.schedules.items()
            if not cover(shifts, start=start, end=end, zone=zone)
        )
    )


def is_not_on_leave(person: Person, request: Request, _: Facts) -> tuple[Value, ...] | None:
    """No leave overlaps the booking."""
    for starts_at, ends_at in person.leave:
        if starts_at < request.ends_at and ends_at > request.starts_at:
            return (f"{starts_at:%Y-%m-%d %H:%M}", f"{ends_at:%Y-%m-%d %H:%M}")
    return None


def is_free(person: Person, request: Request, facts: Facts) -> tuple[Value, ...] | None:
    """No other work overlaps the booking; back-to-back is allowed."""
    return facts.clash(person.id, start=request.starts_at, end=request.ends_at)


def keeps_buffer(person: Person, request: Request, facts: Facts) -> tuple[Value, ...] | None:
    """Other work keeps the travel or rest buffer before and after the booking."""
    if not request.buffer:
        return None
    start, end = request.starts_at - request.buffer, request.ends_at + request.buffer
    for work in facts.overlapping(person.id, start=start, end=end):
        return (work.booking_ref, round(request.buffer.total_seconds() / 60))
    return None


def who_may_be_too_close(request: Request, facts: Facts) -> Set[int]:
    """Return people among whom are all that ``keeps_buffer`` says no to."""
    if not request.buffer:
        return frozenset()
    return facts.maybe_busy(request.starts_at - request.buffer, request.ends_at + request.buffer)


def stays_below_daily_minutes(
    person: Person, request: Request, facts: Facts
) -> tuple[Value, ...] | None:
    """The local day on which the booking starts stays within the person's daily cap."""
    if person.daily_minutes_cap is None:
        return None
    day = request.starts_at.astimezone(person.zone).date()
    return _over_cap(person, request, facts, first=day, days=1, cap=person.daily_minutes_cap)


def stays_below_weekly_minutes(
    person: Person, request: Request, facts: Facts
) -> tuple[Value, ...] | None:
    """The local week (from Monday) of the booking stays within the person's weekly cap."""
    if person.weekly_minutes_cap is None:
        return None
    day = request.starts_at.astimezone(person.zone).date()
    monday = day - DAY * day.weekday()
    return _over_cap(person, request, facts, first=monday, days=7, cap=person.weekly_minutes_cap)


def _over_cap(
    person: Person, request: Request, facts: Facts, *, first: dt.date, days: int, cap: int
) -> tuple[Value, ...] | None:
    start = dt.datetime.combine(first, dt.time(), person.zone)
    end = dt.datetime.combine(first + DAY * days, dt.time(), person.zone)
    rows = facts.starting_within(person.id, start=start, end=end)
    worked = sum((work.ends_at - work.starts_at).total_seconds() for work in rows)
    minutes = (worked + request.seconds) / 60
    return (round(minutes), cap) if minutes > cap else None
