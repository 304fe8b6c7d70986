"""Unsocial hours by rule: how much more than its length work counts for. Pure."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

from assignment.policy_values import UnsocialHours

OFF = UnsocialHours()
SATURDAY = 5


def is_on(rule: UnsocialHours) -> bool:
    """Tell whether any factor is not 1."""
    return not rule.night_factor == rule.weekend_factor == rule.holiday_factor == 1


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of that name; UTC when the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return ZoneInfo("UTC")


def extra_seconds(
    rule: UnsocialHours, *, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> int:
    """Return the seconds that count on top of [start, end), by the local clock of the zone.

    The time is cut at local midnight and at both ends of the night; each part counts by the
    largest factor that holds in it.
    """
    if not is_on(rule):
        return 0
    extra = sum(
        (_factor(rule, (first + (last - first) / 2).astimezone(zone)) - 1)
        * (last - first).total_seconds()
        for first, last in pairwise(_cuts(rule, start=start, end=end, zone=zone))
    )
    return round(extra)


def _cuts(
    rule: UnsocialHours, *, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> list[dt.datetime]:
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    clock = [
        dt.datetime.combine(day, dt.time(hour), zone).astimezone(dt.UTC)
        for day in days
        for hour in {0, rule.night_from, rule.night_until}
    ]
    return sorted({start, end, *(at for at in clock if start < at < end)})


def _factor(rule: UnsocialHours, local: dt.datetime) -> float:
    factors = [1.0]
    if _is_night(rule, local.hour):
        factors.append(rule.night_factor)
    if local.weekday() >= SATURDAY:
        factors.append(rule.weekend_factor)
    if local.date().isoformat() in rule.holidays:
        factors.append(rule.holiday_factor)
    return max(factors)


def _is_night(rule: UnsocialHours, hour: int) -> bool:
    if rule.night_from <= rule.night_until:
        return rule.night_from <= hour < rule.night_until
    return hour >= rule.night_from or hour < rule.night_until
