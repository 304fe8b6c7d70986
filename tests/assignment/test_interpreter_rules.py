"""What an interpreter's record may say, field by field."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from assignment.field_rules import canonical_languages
from assignment.interpreter_rules import InterpreterValues, interpreter_findings

GOOD = InterpreterValues(ref="IN-1", name="Somchai Example", languages="en;ja;th")


def findings(**changes: Any) -> list[tuple[str, str]]:
    return [(row.field, row.message) for row in interpreter_findings(replace(GOOD, **changes))]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"weight": Decimal("0.01")},
        {"weight": Decimal("0.500")},
        {"weight": Decimal(10)},
        {"hours": "Mon-Fri 08:00-17:00;Sat 09:00-12:00", "time_zone": "Asia/Bangkok"},
        {"hours": "Fri 22:00-06:00"},
        {"email": "a@example.org", "phone": "+66 2 555 0100"},
    ],
)
def test_what_is_allowed(changes: dict[str, Any]) -> None:
    assert findings(**changes) == []


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "Give the name."),
        ({"languages": ""}, "languages", "Give the languages."),
        ({"email": "a.example.org"}, "email", "“a.example.org” is no e-mail address."),
        ({"weight": Decimal(0)}, "weight", "The weight must lie between 0.01 and 10."),
        ({"weight": Decimal("10.01")}, "weight", "The weight must lie between 0.01 and 10."),
        ({"weight": Decimal("NaN")}, "weight", "The weight must lie between 0.01 and 10."),
        ({"weight": Decimal("0.125")}, "weight", "The weight has at most two decimals."),
        (
            {"hours": "always"},
            "hours",
            "“always” are no working hours: write such as Mon-Fri 08:00-17:00;Sat 09:00-12:00.",
        ),
        ({"hours": "Mon 08:00-25:00"}, "hours", "“25:00” is no time of day: write 00:00 to 24:00."),
        (
            {"time_zone": "Bangkok"},
            "time_zone",
            "“Bangkok” is no time zone: write one such as Asia/Bangkok.",
        ),
        (
            {"phone": "\u2066123"},
            "phone",
            "Remove the invisible or control character U+2066.",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], field: str, message: str) -> None:
    assert findings(**changes) == [(field, message)]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("TH; ja ;th", "ja;th"),
        ("EN-gb>ZH-hant-tw", "en-GB>zh-Hant-TW"),
        ("", ""),
        (";;", ""),
    ],
)
def test_languages_are_kept_in_one_way_of_writing(written: str, kept: str) -> None:
    assert canonical_languages(written) == kept
