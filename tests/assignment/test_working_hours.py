"""Working hours against wall clocks, with instants worked out by hand.

2026-11-23 is a Monday. The clocks change in Paris on 2027-03-28 and 2027-10-31 at 01:00 UTC, in
New York on 2027-03-14 at 07:00 UTC and 2027-11-07 at 06:00 UTC, on Lord Howe (by half an hour)
on 2027-10-03 at 02:00 and 2027-04-04 at 02:00 local time.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignment.working_hours import Shift, cover, parse_hours

MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def covers(hours: str, start: str, end: str, *, zone: str = "UTC") -> bool:
    """Whether the hours cover the meeting between two instants, such as 2026-11-23T08:00Z."""
    instants = [dt.datetime.fromisoformat(text).astimezone(dt.UTC) for text in (start, end)]
    return cover(parse_hours(hours), start=instants[0], end=instants[1], zone=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "shifts"),
    [
        ("", []),
        ("Mon 08:00-17:00", [(0, 480, 1020)]),
        ("Sat 9:00-12:30; Mon 08:00-17:00 ;", [(0, 480, 1020), (5, 540, 750)]),
        ("Wed-Fri 10:00-11:00", [(2, 600, 660), (3, 600, 660), (4, 600, 660)]),
        ("Sat-Mon 10:00-11:00", [(0, 600, 660), (5, 600, 660), (6, 600, 660)]),
        ("Sun 22:00-06:00", [(6, 1320, 1800)]),
        ("Tue 00:00-24:00", [(1, 0, 1440)]),
        ("Tue 08:00-08:00", [(1, 480, 1920)]),
    ],
)
def test_parse_hours_reads_shifts(text: str, shifts: list[tuple[int, int, int]]) -> None:
    assert parse_hours(text) == tuple(
        Shift(weekday=weekday, start=start, end=end) for weekday, start, end in shifts
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Monday 08:00-17:00", "“Monday 08:00-17:00” are no working hours"),
        ("Mon-Xyz 08:00-17:00", "“Mon-Xyz 08:00-17:00” are no working hours"),
        ("Mon 08:00", "“Mon 08:00” are no working hours"),
        ("Mon 08:00-17:00,Tue 08:00-17:00", "“Mon 08:00-17:00,Tue 08:00-17:00” are no working"),
        ("Mon 08:60-17:00", "“08:60” is no time of day"),
        ("Mon 08:00-24:01", "“24:01” is no time of day"),
        ("Mon 08:00-25:00", "“25:00” is no time of day"),
    ],
)
def test_parse_hours_refuses_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        parse_hours(text)


@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    [
        # exactly the shift, and a minute beyond each end
        ("Mon 08:00-17:00", "2026-11-23T08:00Z", "2026-11-23T17:00Z", True),
        ("Mon 08:00-17:00", "2026-11-23T07:59Z", "2026-11-23T09:00Z", False),
        ("Mon 08:00-17:00", "2026-11-23T16:00Z", "2026-11-23T17:01Z", False),
        ("Mon 08:00-17:00", "2026-11-24T09:00Z", "2026-11-24T10:00Z", False),
        # overnight
        ("Mon 22:00-06:00", "2026-11-23T23:00Z", "2026-11-24T05:00Z", True),
        ("Mon 22:00-06:00", "2026-11-24T05:00Z", "2026-11-24T06:00Z", True),
        ("Mon 22:00-06:00", "2026-11-24T05:30Z", "2026-11-24T06:01Z", False),
        ("Mon 22:00-06:00", "2026-11-23T05:00Z", "2026-11-23T06:00Z", False),
        ("Sun 22:00-06:00", "2026-11-23T01:00Z", "2026-11-23T02:00Z", True),
        # two shifts that touch, that leave a minute between them, that overlap
        ("Mon 08:00-12:00;Mon 12:00-17:00", "2026-11-23T11:00Z", "2026-11-23T13:00Z", True),
        ("Mon 08:00-12:00;Mon 12:01-17:00", "2026-11-23T11:00Z", "2026-11-23T13:00Z", False),
        ("Mon 08:00-12:00;Mon 10:00-17:00", "2026-11-23T09:00Z", "2026-11-23T16:00Z", True),
        ("Mon 08:00-17:00;Mon 09:00-10:00", "2026-11-23T09:30Z", "2026-11-23T16:00Z", True),
        ("Mon 18:00-24:00;Tue 00:00-06:00", "2026-11-23T23:00Z", "2026-11-24T01:00Z", True),
        # round the clock
        ("Mon-Sun 00:00-24:00", "2026-11-23T20:00Z", "2026-11-24T20:00Z", True),
        ("", "2026-11-23T03:00Z", "2026-11-24T03:00Z", True),
    ],
)
def test_cover_needs_the_whole_meeting(hours: str, start: str, end: str, expected: bool) -> None:
    assert covers(hours, start, end) is expected


@pytest.mark.parametrize(
    ("zone", "hours", "opens", "closes"),
    [
        ("Asia/Bangkok", "Mon 08:00-17:00", "2026-11-23T01:00Z", "2026-11-23T10:00Z"),
        ("Europe/Paris", "Sun 00:00-08:00", "2027-03-27T23:00Z", "2027-03-28T06:00Z"),
        ("Europe/Paris", "Sat 22:00-06:00", "2027-03-27T21:00Z", "2027-03-28T04:00Z"),
        ("Europe/Paris", "Sun 03:00-08:00", "2027-03-28T01:00Z", "2027-03-28T06:00Z"),
        ("Europe/Paris", "Sun 00:00-08:00", "2027-10-30T22:00Z", "2027-10-31T07:00Z"),
        ("Europe/Paris", "Sat 22:00-06:00", "2027-10-30T20:00Z", "2027-10-31T05:00Z"),
        ("America/New_York", "Sun 00:00-08:00", "2027-03-14T05:00Z", "2027-03-14T12:00Z"),
        ("America/New_York", "Sun 00:00-08:00", "2027-11-07T04:00Z", "2027-11-07T13:00Z"),
        ("Australia/Lord_Howe", "Sun 00:00-08:00", "2027-10-02T13:30Z", "2027-10-02T21:00Z"),
        ("Australia/Lord_Howe", "Sun 00:00-08:00", "2027-04-03T13:00Z", "2027-04-03T21:30Z"),
    ],
)
def test_cover_follows_the_wall_clock_when_it_changes(
    zone: str, hours: str, opens: str, closes: str
) -> None:
    first, last = dt.datetime.fromisoformat(opens), dt.datetime.fromisoformat(closes)
    place, shifts = ZoneInfo(zone), parse_hours(hours)

    assert cover(shifts, start=first, end=last, zone=place)
    assert not cover(shifts, start=first - MINUTE, end=last, zone=place)
    assert not cover(shifts, start=first, end=last + MINUTE, zone=place)


def test_a_shift_that_begins_in_the_missing_hour_begins_an_hour_later() -> None:
    # 02:30 does not exist in Paris that day: the hands go from 02:00 to 03:00 at 01:00 UTC.
    assert covers("Sun 02:30-08:00", "2027-03-28T01:30Z", "2027-03-28T06:00Z", zone="Europe/Paris")
    assert not covers(
        "Sun 02:30-08:00", "2027-03-28T01:29Z", "2027-03-28T06:00Z", zone="Europe/Paris"
    )


def test_shifts_that_touch_in_the_hour_that_comes_twice_leave_no_hole() -> None:
    assert covers(
        "Sat 22:00-02:30;Sun 02:30-08:00",
        "2027-10-30T20:00Z",
        "2027-10-31T07:00Z",
        zone="Europe/Paris",
    )


@given(
    shifts=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(1, 24)), max_size=6
    ),
    start=st.integers(0, 24 * 14),
    length=st.integers(1, 24),
)
def test_cover_equals_asking_hour_by_hour(
    shifts: list[tuple[int, int, int]], start: int, length: int
) -> None:
    found = cover(
        tuple(
            Shift(weekday=day, start=60 * begin, end=60 * (begin + hours))
            for day, begin, hours in shifts
        ),
        start=MONDAY + dt.timedelta(hours=start),
        end=MONDAY + dt.timedelta(hours=start + length),
        zone=ZoneInfo("UTC"),
    )
    at_work = {
        (24 * day + begin + step) % 168 for day, begin, hours in shifts for step in range(hours)
    }

    assert found is (
        not shifts or all(hour % 168 in at_work for hour in range(start, start + length))
    )
