"""What a booking may say, field by field."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from assignment.booking_rules import BookingValues, booking_findings

START = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
GOOD = BookingValues(
    ref="BK-1",
    title="Budget talks",
    meeting_type="General",
    starts_at=START,
    ends_at=START + dt.timedelta(hours=1),
    languages="ja;th",
)
NAIVE = dt.datetime(2026, 12, 1, 9)  # noqa: DTZ001 - the case itself


def findings(**changes: Any) -> list[tuple[str, str]]:
    return [(row.field, row.message) for row in booking_findings(replace(GOOD, **changes))]


def test_a_good_booking_has_no_findings() -> None:
    assert booking_findings(GOOD) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"meeting_type": "DR", "dr_type": "PR-PR"},
        {"meeting_type": "DR", "dr_type": "Other", "other_type": "Site visit"},
        {"meeting_type": "Other", "other_type": "Press event"},
        {"ends_at": START + dt.timedelta(hours=24)},
        {"starts_at": START.astimezone(dt.timezone(dt.timedelta(hours=9)))},
        {"languages": "ja>th"},
        {"title": "x" * 200},
        {"title": "Café 会議 🎉"},
        {"interpreters_needed": 20},
        {"interpreters_needed": 2, "pinned": ("IN-1", "IN-2")},
        {"preferred": ("IN-1",), "pinned": ("IN-1",)},
    ],
)
def test_what_is_allowed(changes: dict[str, Any]) -> None:
    assert findings(**changes) == []


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"ref": ""}, "ref", "Give the ref."),
        (
            {"ref": "BK 1"},
            "ref",
            "Use letters, digits and . _ : / - only, beginning with a letter or digit.",
        ),
        ({"ref": "B" * 65}, "ref", "Shorten it to 64 characters; it has 65."),
        ({"title": "  "}, "title", "Give the title."),
        ({"title": "x" * 10_000}, "title", "Shorten it to 200 characters; it has 10,000."),
        ({"title": "a\0b"}, "title", "Remove the invisible or control character U+0000."),
        ({"title": "a\ud800"}, "title", "Remove the invisible or control character U+D800."),
        ({"title": "a\u202eb"}, "title", "Remove the invisible or control character U+202E."),
        ({"room": "a\u200bb"}, "room", "Remove the invisible or control character U+200B."),
        (
            {"meeting_type": ""},
            "meeting_type",
            "Write one of DR, VIP, Weekly, General, Urgent, Other.",
        ),
        (
            {"meeting_type": "Daily"},
            "meeting_type",
            "“Daily” is no meeting type: write one of DR, VIP, Weekly, General, Urgent, Other.",
        ),
        (
            {"meeting_type": "DR"},
            "dr_type",
            "A DR booking needs a DR type: one of PR-PR, DR-k, DR-II, DR-I, Other.",
        ),
        (
            {"meeting_type": "DR", "dr_type": "DR-IX"},
            "dr_type",
            "“DR-IX” is no DR type: write one of PR-PR, DR-k, DR-II, DR-I, Other.",
        ),
        ({"dr_type": "DR-I"}, "dr_type", "Only a DR booking has a DR type: leave it empty."),
        ({"meeting_type": "Other"}, "other_type", "Say in words what “Other” is."),
        (
            {"meeting_type": "DR", "dr_type": "Other"},
            "other_type",
            "Say in words what “Other” is.",
        ),
        (
            {"other_type": "Party"},
            "other_type",
            "Only the type “Other” has a free text: leave it empty.",
        ),
        ({"starts_at": None}, "starts_at", "Give the date and time."),
        (
            {"starts_at": NAIVE},
            "starts_at",
            "The time has no offset: write such as 2026-11-23T06:00:00+00:00.",
        ),
        (
            {"starts_at": START.replace(microsecond=1)},
            "starts_at",
            "Write whole seconds, without a fraction.",
        ),
        (
            {"starts_at": START.replace(year=1999)},
            "starts_at",
            "The year must lie between 2000 and 2100.",
        ),
        (
            {"ends_at": START.replace(year=2101)},
            "ends_at",
            "The year must lie between 2000 and 2100.",
        ),
        ({"ends_at": START}, "ends_at", "The booking must end after it starts."),
        (
            {"ends_at": START - dt.timedelta(seconds=1)},
            "ends_at",
            "The booking must end after it starts.",
        ),
        (
            {"ends_at": START + dt.timedelta(hours=24, seconds=1)},
            "ends_at",
            "A booking lasts 24 hours at most: split it into several.",
        ),
        ({"languages": ""}, "languages", "Give the languages."),
        (
            {"languages": "japanese"},
            "languages",
            "“japanese” is no language: write tags such as ja;th or pairs such as ja>th.",
        ),
        ({"languages": "ja>ja"}, "languages", "“ja>ja” goes from a language into itself."),
        (
            {"skills": "x" * 61},
            "skills",
            "Write skills of at most 60 characters, with ; between them.",
        ),
        ({"interpreters_needed": 0}, "interpreters_needed", "Between 1 and 20 can be needed."),
        ({"interpreters_needed": 21}, "interpreters_needed", "Between 1 and 20 can be needed."),
        (
            {"pinned": ("IN-1", "IN-2")},
            "pinned",
            "2 people are pinned and only 1 needed: pin fewer or need more.",
        ),
        (
            {"pinned": ("IN-1",), "excluded": ("IN-1",)},
            "pinned",
            "IN-1 is both pinned and excluded: decide for one.",
        ),
        (
            {"preferred": ("IN-1",), "excluded": ("IN-1", "IN-2")},
            "preferred",
            "IN-1 is both preferred and excluded: decide for one.",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], field: str, message: str) -> None:
    assert findings(**changes) == [(field, message)]


def test_all_findings_are_told_at_once() -> None:
    wrong = findings(ref="", title="", languages="", interpreters_needed=0)

    assert [field for field, _ in wrong] == ["ref", "title", "languages", "interpreters_needed"]
