"""Lead, deadline, due and urgency level against the literal figures of 2-rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from assignment.policies import DEFAULT
from assignment.policy_values import Days
from pooling.deadlines import deadline, is_due, lead_days, urgency_level

START = dt.datetime(2027, 3, 10, 9, 30, tzinfo=dt.UTC)
LEADS = {
    "DR": {"BALANCE": 8, "NORMAL": 10, "URGENT": 14, "CUSTOM": 1},
    "VIP": {"BALANCE": 8, "NORMAL": 7, "URGENT": 7, "CUSTOM": 2},
    "Weekly": {"BALANCE": 4, "NORMAL": 7, "URGENT": 14, "CUSTOM": 3},
    "General": {"BALANCE": 8, "NORMAL": 10, "URGENT": 14, "CUSTOM": 3},
    "Urgent": {"BALANCE": 8, "NORMAL": 10, "URGENT": 14, "CUSTOM": 3},
    "Other": {"BALANCE": 4, "NORMAL": 7, "URGENT": 7, "CUSTOM": 5},
}
PAIRS = [
    (mode, meeting_type, days) for meeting_type, row in LEADS.items() for mode, days in row.items()
]


@pytest.mark.parametrize(("mode", "meeting_type", "days"), PAIRS)
def test_deadline_lies_the_lead_of_mode_and_type_before_the_start(
    mode: str, meeting_type: str, days: int
) -> None:
    policy = replace(DEFAULT, mode=mode)

    assert deadline(START, meeting_type=meeting_type, policy=policy) == START - dt.timedelta(
        hours=24 * days
    )


@pytest.mark.parametrize(
    ("mode", "urgent_days", "lead"),
    [
        ("BALANCE", 0, 1),
        ("BALANCE", 365, 366),
        ("NORMAL", 0, 0),
        ("URGENT", 0, 1),
        ("URGENT", 1, 1),
        ("URGENT", 2, 2),
        ("CUSTOM", 0, 0),
    ],
)
def test_lead_days_at_the_edges(mode: str, urgent_days: int, lead: int) -> None:
    assert lead_days(mode, urgent_days) == lead


def test_a_type_without_thresholds_uses_other() -> None:
    policy = replace(DEFAULT, thresholds={("NORMAL", "Other"): Days(urgent=2, general=9)})

    assert deadline(START, meeting_type="VIP", policy=policy) == dt.datetime(
        2027, 3, 8, 9, 30, tzinfo=dt.UTC
    )


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("Europe/Paris", "2027-03-29T09:00", "2027-03-22T07:00Z"),
        ("Europe/Paris", "2027-11-01T09:00", "2027-10-25T08:00Z"),
        ("America/New_York", "2027-03-15T09:00", "2027-03-08T13:00Z"),
        ("Australia/Lord_Howe", "2027-04-05T09:00", "2027-03-28T22:30Z"),
    ],
)
def test_a_day_is_24_hours_when_the_clocks_change(zone: str, start: str, expected: str) -> None:
    local = dt.datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))

    found = deadline(local, meeting_type="VIP", policy=DEFAULT)

    assert found == dt.datetime.fromisoformat(expected)
    assert found.utcoffset() == dt.timedelta(0)


def test_exactly_now_is_due_and_a_microsecond_later_is_not() -> None:
    assert is_due(START, now=START)
    assert is_due(START - dt.timedelta(microseconds=1), now=START)
    assert not is_due(START + dt.timedelta(microseconds=1), now=START)


@pytest.mark.parametrize(
    ("left", "level"),
    [
        (dt.timedelta(days=-400), "CRITICAL"),
        (dt.timedelta(0), "CRITICAL"),
        (dt.timedelta(hours=2), "CRITICAL"),
        (dt.timedelta(hours=2, microseconds=1), "HIGH"),
        (dt.timedelta(hours=6), "HIGH"),
        (dt.timedelta(hours=6, microseconds=1), "MEDIUM"),
        (dt.timedelta(hours=24), "MEDIUM"),
        (dt.timedelta(hours=24, microseconds=1), "LOW"),
    ],
)
def test_urgency_level_at_its_bounds(left: dt.timedelta, level: str) -> None:
    assert urgency_level(START + left, now=START) == level
