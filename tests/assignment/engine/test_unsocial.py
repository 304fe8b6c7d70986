"""Unsocial hours: which minutes count more, by the local clock."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from assignment.engine.unsocial import OFF, extra_seconds, zone_of
from assignment.policy_values import UnsocialHours

BANGKOK = ZoneInfo("Asia/Bangkok")
NIGHT = UnsocialHours(night_factor=1.5)
WEEKEND = UnsocialHours(weekend_factor=1.25)
ALL = UnsocialHours(
    night_factor=1.5, weekend_factor=1.25, holiday_factor=2, holidays=("2026-11-25",)
)


def extra(rule: UnsocialHours, start: str, end: str, *, zone: ZoneInfo = BANGKOK) -> float:
    """Extra hours of work between two local times."""
    first, last = (dt.datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    return extra_seconds(rule, start=first, end=last, zone=zone) / 3_600


@pytest.mark.parametrize(
    ("rule", "start", "end", "hours"),
    [
        (OFF, "2026-11-28 22:00", "2026-11-29 04:00", 0),
        (NIGHT, "2026-11-23 08:00", "2026-11-23 20:00", 0),
        (NIGHT, "2026-11-23 21:00", "2026-11-23 23:00", 0.5),
        (NIGHT, "2026-11-23 05:00", "2026-11-23 07:00", 0.5),
        (NIGHT, "2026-11-23 20:00", "2026-11-24 08:00", 4),
        (WEEKEND, "2026-11-27 22:00", "2026-11-28 02:00", 0.5),
        (WEEKEND, "2026-11-29 22:00", "2026-11-30 02:00", 0.5),
        # the largest factor counts: two nightly hours of Friday, then two of Saturday
        (ALL, "2026-11-27 22:00", "2026-11-28 02:00", 2),
        (ALL, "2026-11-28 10:00", "2026-11-28 14:00", 1),
        (ALL, "2026-11-24 23:00", "2026-11-25 01:00", 1.5),
    ],
)
def test_minutes_count_by_the_largest_factor_of_their_time(
    rule: UnsocialHours, start: str, end: str, hours: float
) -> None:
    assert extra(rule, start, end) == hours


def test_the_night_that_loses_an_hour_is_as_long_as_it_was() -> None:
    # 29 March 2026: at 02:00 clocks go to 03:00, so that 22:00 to 06:00 lasts seven hours.
    paris = ZoneInfo("Europe/Paris")

    assert extra(NIGHT, "2026-03-28 22:00", "2026-03-28 23:00", zone=paris) == 0.5
    start = dt.datetime(2026, 3, 28, 21, tzinfo=dt.UTC)
    end = dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC)
    assert extra_seconds(NIGHT, start=start, end=end, zone=paris) == 7 * 1_800


def test_the_night_may_lie_within_a_day() -> None:
    rule = UnsocialHours(night_factor=2, night_from=0, night_until=5)

    assert extra(rule, "2026-11-23 23:00", "2026-11-24 06:00") == 5


def test_a_zone_that_is_unknown_is_utc() -> None:
    assert zone_of("Mars/Base").key == "UTC"
    assert zone_of("Asia/Bangkok") == BANGKOK
