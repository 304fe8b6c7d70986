"""Bad cells of every kind through CSV: each named by line and column, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assignment.imports.files import (
    GOOD,
    HEADER,
    PEOPLE_HEADER,
    make_person,
    make_team,
    write_csv,
)
from tests.pooling.refusals import refused

pytestmark = pytest.mark.django_db

MUST_END = "The booking must end after it starts."
AT_MOST_A_DAY = "A booking lasts 24 hours at most: split it into several."
YEARS = "Give an instant between 2000 and 2100."
NO_INSTANT = "is no instant: write such as 2026-11-23T06:00:00+00:00."


def at(starts: str, ends: str) -> str:
    return f"BK-1,Talks,General,{starts},{ends},ja"


DAY = "2026-12-01T09:00:00Z"


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (at(DAY, DAY), "ends_at", MUST_END),
        (at(DAY, "2026-12-01T08:59:59Z"), "ends_at", MUST_END),
        (at(DAY, ""), "ends_at", "Give the date and time."),
        (at("", DAY), "starts_at", "Give the date and time."),
        (at("infinity", DAY), "starts_at", f"“infinity” {NO_INSTANT}"),
        (at(DAY, "9999-12-31T23:59:59-23:59"), "ends_at", YEARS),
        (at(DAY, "2056-12-01T09:00:00Z"), "ends_at", AT_MOST_A_DAY),
        (at("1999-12-31T23:59:59Z", DAY), "starts_at", YEARS),
        (at(DAY, "2101-01-01T00:00:00Z"), "ends_at", YEARS),
        (
            at("2026-12-01T09:00:00", DAY),
            "starts_at",
            "“2026-12-01T09:00:00” has no offset: write such as 2026-11-23T06:00:00+00:00.",
        ),
        (
            at("2026-12-01", DAY),
            "starts_at",
            "“2026-12-01” has no offset: write such as 2026-11-23T06:00:00+00:00.",
        ),
        (at("01/12/2026 9:00", DAY), "starts_at", f"“01/12/2026 9:00” {NO_INSTANT}"),
        (at("2026-02-29T09:00:00Z", DAY), "starts_at", f"“2026-02-29T09:00:00Z” {NO_INSTANT}"),
        (
            at("2026-12-01T08:00:00.5Z", DAY),
            "starts_at",
            "Write whole seconds, without a fraction.",
        ),
        (
            GOOD.replace("Budget", "Bud\0get"),
            "title",
            "Remove the invisible or control character U+0000.",
        ),
        (
            GOOD.replace("Budget", "Bud\u202eget"),
            "title",
            "Remove the invisible or control character U+202E.",
        ),
        (
            GOOD.replace("Budget", "Bud\u200bget"),
            "title",
            "Remove the invisible or control character U+200B.",
        ),
        (
            GOOD.replace("Budget", "x" * 10_000),
            "title",
            "Shorten it to 200 characters; it has 10,006.",
        ),
        (
            GOOD.replace("BK-1", "BK\u200b-1"),
            "ref",
            "Remove the invisible or control character U+200B.",
        ),
        (GOOD.replace("BK-1", ""), "ref", "Give the ref."),
        (GOOD.replace("Budget talks", " "), "title", "Give the title."),
        (GOOD.replace("ja;th", ""), "languages", "Give the languages."),
        (
            GOOD.replace("General", "general"),
            "meeting_type",
            "“general” is no meeting type: write one of DR, VIP, Weekly, General, Urgent, Other.",
        ),
        (
            GOOD.replace("General", "DR"),
            "dr_type",
            "A DR booking needs a DR type: one of PR-PR, DR-k, DR-II, DR-I, Other.",
        ),
    ],
)
def test_a_bad_line_is_named_by_line_and_column(
    tmp_path: Path, line: str, column: str, message: str
) -> None:
    fine = GOOD.replace("BK-1", "BK-0")
    errors = refused(write_csv(tmp_path, HEADER, fine, line))

    assert errors == [(3, column, message)]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("team", "rome", "There is no team rome: correct the ref, or add it first."),
        ("pinned", "IN-9", "There is no interpreter IN-9: correct the ref, or add it first."),
        (
            "preferred",
            "IN-1;IN-9",
            "There is no interpreter IN-9: correct the ref, or add it first.",
        ),
        ("excluded", "IN-9", "There is no interpreter IN-9: correct the ref, or add it first."),
        ("pinned", "IN-1;IN-2", "2 people are pinned and only 1 needed: pin fewer or need more."),
        ("interpreters_needed", "0", "Between 1 and 20 can be needed."),
        ("interpreters_needed", "21", "Between 1 and 20 can be needed."),
        ("interpreters_needed", "1.5", "“1.5” is no whole number."),
        ("interpreters_needed", "-1", "“-1” is no whole number."),
        ("interpreters_needed", "9999999", "“9999999” is no whole number."),
        ("dr_type", "DR-I", "Only a DR booking has a DR type: leave it empty."),
        ("other_type", "Party", "Only the type “Other” has a free text: leave it empty."),
        ("skills", "x" * 61, "Write skills of at most 60 characters, with ; between them."),
        ("owner", "x" * 201, "Shorten it to 200 characters; it has 201."),
    ],
)
def test_a_bad_optional_cell_is_named(tmp_path: Path, column: str, cell: str, message: str) -> None:
    make_team("paris")
    make_person("IN-1")
    make_person("IN-2")

    errors = refused(write_csv(tmp_path, f"{HEADER},{column}", f"{GOOD},{cell}"))

    assert errors == [(2, column, message)]


def test_a_person_both_pinned_and_excluded_is_named(tmp_path: Path) -> None:
    make_person("IN-1")
    path = write_csv(tmp_path, HEADER + ",pinned,excluded", GOOD + ",IN-1,IN-1")

    assert refused(path) == [(2, "pinned", "IN-1 is both pinned and excluded: decide for one.")]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("weight", "1e2", "“1e2” is no number: write such as 1 or 0.8."),
        ("weight", "0", "The weight must lie between 0.01 and 10."),
        ("weight", "0.125", "The weight has at most two decimals."),
        ("active", "maybe", "“maybe” is neither true nor false: write true or false."),
        ("timezone", "Bangkok", "“Bangkok” is no time zone: write one such as Asia/Bangkok."),
        (
            "hours",
            "9 to 5",
            "“9 to 5” are no working hours: write such as Mon-Fri 08:00-17:00;Sat 09:00-12:00.",
        ),
        ("email", "nobody", "“nobody” is no e-mail address."),
        (
            "team",
            "Team 1",
            "Use letters, digits and . _ : / - only, beginning with a letter or digit.",
        ),
    ],
)
def test_a_bad_cell_of_an_interpreter_is_named(
    tmp_path: Path, column: str, cell: str, message: str
) -> None:
    path = write_csv(tmp_path, f"{PEOPLE_HEADER},{column}", f"IN-1,Somchai Example,ja,{cell}")

    assert refused(path, "import_interpreters") == [(2, column, message)]
