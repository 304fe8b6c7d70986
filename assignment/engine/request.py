"""Frozen values that the engine works on; nothing here reads the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from assignment.working_hours import Shift

Told = tuple[str, str, str]
"""What a rule says of work: its ref, and from when to when, as times of the day in UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """An interpreter as the rules see them. ``zone`` is that of the working hours."""

    id: int
    ref: str
    active: bool
    team_id: int | None
    tenant_id: int | None
    languages: frozenset[str]
    skills: frozenset[str]
    weight: float
    shifts: tuple[Shift, ...]
    zone: ZoneInfo
    leave: tuple[tuple[dt.datetime, dt.datetime], ...]
    daily_minutes_cap: int | None
    weekly_minutes_cap: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What a booking asks of everybody, whenever it is: bookings with equal needs share work."""

    team_id: int | None
    tenant_id: int | None
    languages: tuple[str, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One booking to be decided. ``positions`` are the open ones, from 1."""

    id: int
    ref: str
    version: int
    meeting_type: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    needs: Needs
    owner: str
    group: str
    positions: tuple[int, ...]
    buffer: dt.timedelta
    deadline: dt.datetime | None
    attempts: int = 0
    entered_at: dt.datetime | None
    preferred: frozenset[int]
    excluded: frozenset[int]
    declined: frozenset[int]
    pinned: tuple[int, ...]

    @property
    def needed(self) -> int:
        """How many people are still needed."""
        return len(self.positions)

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return round((self.ends_at - self.starts_at).total_seconds())


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A time in which a person is busy, half-open; with a booking, or with a session.

    ``booking_ref`` is the ref of either; ``booking_id`` None = a session.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    booking_id: int | None
    booking_ref: str
    group: str

    def told(self) -> Told:
        """Return what a rule says of it."""
        return (self.booking_ref, clock(self.starts_at), clock(self.ends_at))


def clock(moment: dt.datetime) -> str:
    """Return hours and minutes, by a way that costs a fraction of ``strftime``."""
    return f"{moment.hour:02}:{moment.minute:02}"


def canonical_order(request: Request) -> tuple[dt.datetime, dt.datetime, str]:
    """Sort key of entries: deadline, entry time, ref.

    The urgency level (2-rules, "Gate and deadline") is monotonic in the deadline, so
    ordering by deadline orders by level too.
    """
    last = dt.datetime.max.replace(tzinfo=dt.UTC)
    return (request.deadline or last, request.entered_at or last, request.ref)


RequestOrder = Callable[[Request], tuple[Any, ...]]
"""A sort key of requests; it must end with the ref, so that no two are equal."""
