"""When the daily sweep is due: local dates and times of ``TIME_ZONE``."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

DAY = dt.timedelta(days=1)


def slot_of(now: dt.datetime) -> str:
    """Return the slot whose time has come last: a local date such as ``2026-11-23``.

    Before the hour of the sweep this is yesterday, so that a worker that starts early makes
    up for a missed sweep without taking today's.
    """
    day = now.astimezone(_zone()).date()
    return (day if now >= _sweep_on(day) else day - DAY).isoformat()


def hour_of(slot: str) -> dt.datetime:
    """Return the instant at which the daily slot ``2026-11-23`` is due."""
    return _sweep_on(dt.date.fromisoformat(slot))


def next_sweep(now: dt.datetime) -> dt.datetime:
    """Return the next instant (UTC) at which the daily sweep is due."""
    day = now.astimezone(_zone()).date()
    while _sweep_on(day) <= now:
        day += DAY
    return _sweep_on(day)


def _sweep_on(day: dt.date) -> dt.datetime:
    """Return the instant in UTC: two times of one zone compare by the wall, not by the clock."""
    return dt.datetime.combine(day, settings.SWEEP_TIME, _zone()).astimezone(dt.UTC)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)
