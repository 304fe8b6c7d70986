"""Rules about time, each alone; NOW is Monday 2026-11-23 06:00, the booking Tuesday 06:00-07:00."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assignment.engine.request import Request
from tests.assignment.engine.values import (
    after,
    decide,
    facts,
    person,
    request,
    verdicts,
    work,
)

START, END = after(days=1), after(days=1, hours=1)
MINUTE = dt.timedelta(minutes=1)


def verdict(
    asked: Request, *rows: tuple[dt.datetime, float], **fields: Any
) -> tuple[str, tuple[Any, ...]] | None:
    """The rejection of P1, who has this work (start, hours) under B11, B12 and so on."""
    busy = [work(f"B{10 + n}", start=at, hours=hours) for n, (at, hours) in enumerate(rows, 1)]
    choice = decide(asked, facts(person("P1", **fields), busy={"P1": busy}))
    return verdicts(choice).get("P1")


def test_working_hours_reject_with_the_local_times() -> None:
    found = verdict(request(), hours="Tue 08:00-13:30", zone="Asia/Bangkok")

    assert found == ("working_hours", ("Tue 13:00", "Tue 14:00", "Asia/Bangkok"))
    assert verdict(request(), hours="Tue 08:00-14:00", zone="Asia/Bangkok") is None


@pytest.mark.parametrize(
    ("first", "last", "rejected"),
    [
        (START - MINUTE, START, False),
        (START - MINUTE, START + MINUTE, True),
        (START + MINUTE, END - MINUTE, True),
        (END - MINUTE, END + MINUTE, True),
        (END, END + MINUTE, False),
    ],
)
def test_leave_rejects_when_it_overlaps(
    first: dt.datetime, last: dt.datetime, rejected: bool
) -> None:
    values = (f"{first:%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M}")

    assert verdict(request(), leave=((first, last),)) == (("leave", values) if rejected else None)


@pytest.mark.parametrize(
    ("at", "hours", "values"),
    [
        (after(days=1, hours=-1), 1, None),  # back to back before
        (after(days=1, hours=1), 1, None),  # back to back after
        (after(days=1, hours=-1), 1.5, ("B11", "05:00", "06:30")),
        (after(days=1, hours=0.5), 1, ("B11", "06:30", "07:30")),
        (after(days=1, hours=0.25), 0.5, ("B11", "06:15", "06:45")),
        (after(days=1), 1, ("B11", "06:00", "07:00")),
        (after(hours=0.5), 24, ("B11", "06:30", "06:30")),
        (after(), 24, None),  # a whole day that ends as the booking starts
    ],
)
def test_overlap_is_half_open(
    at: dt.datetime, hours: float, values: tuple[str, str, str] | None
) -> None:
    found = verdict(request(), (at, hours))

    assert found == (("overlap", values) if values else None)


@pytest.mark.parametrize(
    ("at", "rejected"),
    [
        (after(days=1, hours=-2, minutes=30), False),  # ends 05:30: exactly 30 minutes before
        (after(days=1, hours=-2, minutes=31), True),
        (after(days=1, hours=1, minutes=29), True),
        (after(days=1, hours=1, minutes=30), False),
    ],
)
def test_buffer_is_kept_before_and_after(at: dt.datetime, rejected: bool) -> None:
    asked = request(buffer=dt.timedelta(minutes=30))

    assert verdict(asked, (at, 1)) == (("buffer", ("B11", 30)) if rejected else None)
    assert verdict(request(), (at, 1)) is None


def test_daily_minutes_count_work_that_starts_that_day_and_the_booking() -> None:
    rows = ((after(days=1, hours=-6), 1), (after(days=1, hours=17.5), 2))  # 00:00 and 23:30

    assert verdict(request(), *rows, daily_minutes_cap=240) is None
    assert verdict(request(), *rows, daily_minutes_cap=239) == ("daily_minutes", (240, 239))


def test_daily_minutes_leave_out_the_days_beside() -> None:
    rows = ((after(hours=17), 1), (after(days=1, hours=18), 1))  # Monday 23:00, Wednesday 00:00

    assert verdict(request(), *rows, daily_minutes_cap=60) is None


def test_daily_minutes_count_the_day_of_the_persons_zone() -> None:
    # 06:00 UTC is Tuesday 01:00 in New York, whose Tuesday begins at 05:00 UTC.
    zone = "America/New_York"
    before, inside = (after(days=1, hours=-2), 1), (after(days=1, hours=22), 1)

    assert verdict(request(), before, zone=zone, daily_minutes_cap=60) is None
    assert verdict(request(), inside, zone=zone, daily_minutes_cap=60) == (
        "daily_minutes",
        (120, 60),
    )
    assert verdict(request(), inside, daily_minutes_cap=60) is None  # Wednesday in UTC


def test_daily_minutes_of_a_day_with_25_hours() -> None:
    # Paris, Sunday 2027-10-31: 22:00 UTC on Saturday to 23:00 UTC on Sunday.
    asked = request(start=dt.datetime(2027, 10, 31, 12, tzinfo=dt.UTC))
    last = (dt.datetime(2027, 10, 31, 22, 30, tzinfo=dt.UTC), 1)
    following = (dt.datetime(2027, 10, 31, 23, tzinfo=dt.UTC), 1)

    zone = "Europe/Paris"
    assert verdict(asked, last, zone=zone, daily_minutes_cap=60) == ("daily_minutes", (120, 60))
    assert verdict(asked, following, zone=zone, daily_minutes_cap=60) is None


def test_weekly_minutes_count_from_monday_to_sunday() -> None:
    monday, sunday = (after(hours=-6), 1), (after(days=6, hours=17), 1)
    before, following = (after(hours=-7), 1), (after(days=6, hours=18), 1)

    assert verdict(request(), monday, sunday, weekly_minutes_cap=180) is None
    assert verdict(request(), monday, sunday, weekly_minutes_cap=179) == (
        "weekly_minutes",
        (180, 179),
    )
    assert verdict(request(), before, following, weekly_minutes_cap=60) is None


def test_weekly_minutes_count_the_week_of_the_persons_zone() -> None:
    # Monday 00:00 in Bangkok is Sunday 17:00 UTC.
    row = (after(hours=-13), 1)

    assert verdict(request(), row, zone="Asia/Bangkok", weekly_minutes_cap=60) == (
        "weekly_minutes",
        (120, 60),
    )
    assert verdict(request(), row, weekly_minutes_cap=60) is None


def test_a_cap_of_zero_is_a_cap() -> None:
    assert verdict(request(), daily_minutes_cap=0) == ("daily_minutes", (60, 0))
    assert verdict(request(), weekly_minutes_cap=0) == ("weekly_minutes", (60, 0))
