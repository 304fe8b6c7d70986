"""Bad input of every kind through CSV: each named by line and column, and nothing written."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.assignment.imports.files import (
    GOOD,
    HEADER,
    PEOPLE_HEADER,
    database_digest,
    make_booking,
    make_person,
    make_team,
    write_csv,
)

pytestmark = pytest.mark.django_db

NO_SUCH_COLUMN = (
    "use ref, title, meeting_type, dr_type, other_type, starts_at, ends_at, languages, skills, "
    "team, owner, group, room, interpreters_needed, preferred, excluded, pinned."
)
MUST_END = "The booking must end after it starts."
AT_MOST_A_DAY = "A booking lasts 24 hours at most: split it into several."
YEARS = "Give an instant between 2000 and 2100."
NO_INSTANT = "is no instant: write such as 2026-11-23T06:00:00+00:00."


def run(command: str, *arguments: str) -> tuple[int, Any]:
    """Run a command and return its exit code and its JSON object."""
    out = io.StringIO()
    code = 0
    try:
        call_command(command, *arguments, "--json", stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    except CommandError as error:
        code = error.returncode
    return code, json.loads(out.getvalue())


def refused(path: Path, command: str = "import_bookings") -> list[tuple[int, str, str]]:
    """Import a bad file: exit code 2, nothing counted, nothing written; return its errors."""
    before = database_digest()
    code, data = run(command, str(path))
    assert code == 2
    assert (data["created"], data["updated"], data["unchanged"], data["gated"]) == (0, 0, 0, 0)
    assert database_digest() == before
    return [(error["line"], error["column"], error["message"]) for error in data["errors"]]


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
    ("header", "errors"),
    [
        (
            HEADER.replace("title", "Title"),
            [
                (1, "Title", f"There is no column “Title”: {NO_SUCH_COLUMN}"),
                (1, "title", "The column “title” is missing."),
            ],
        ),
        (HEADER + ",title", [(1, "title", "The column “title” stands twice.")]),
        (HEADER + ",", [(1, "", "Column 7 has no name.")]),
        (
            HEADER + ",pool_status",
            [(1, "pool_status", f"There is no column “pool_status”: {NO_SUCH_COLUMN}")],
        ),
        (
            HEADER.replace("ref,", ""),
            [(1, "ref", "The column “ref” is missing.")],
        ),
        (
            HEADER.replace(",", ";"),
            [(1, "", "Separate the columns with commas, not semicolons.")],
        ),
        (
            "\u202eref," + HEADER.removeprefix("ref,"),
            [
                (1, "\\u202eref", f"There is no column “\\u202eref”: {NO_SUCH_COLUMN}"),
                (1, "ref", "The column “ref” is missing."),
            ],
        ),
    ],
)
def test_a_bad_header_is_named(
    tmp_path: Path, header: str, errors: list[tuple[int, str, str]]
) -> None:
    assert refused(write_csv(tmp_path, header, GOOD)) == errors


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (
            f"{HEADER}\n{GOOD}\nBK-2,Caf\xe9".encode("latin-1"),
            3,
            "Byte 9 of this line is not UTF-8: save the file as UTF-8. "
            "Nothing from here on was read.",
        ),
        (
            f"{HEADER}\n{GOOD}".encode("utf-16"),
            1,
            "Byte 1 of this line is not UTF-8: save the file as UTF-8. "
            "Nothing from here on was read.",
        ),
        (
            f'{HEADER}\n{GOOD}\nBK-2,"open,General\nmore\n'.encode(),
            3,
            "A quote is opened here and never closed. Nothing from here on was read.",
        ),
        (
            f'{HEADER}\n{GOOD}\nBK-2,"a"b,General\n'.encode(),
            3,
            'After a closing quote comes a comma: write a quote inside a cell twice (""). '
            "Nothing from here on was read.",
        ),
        (
            f"{HEADER}\n{GOOD}\nBK-2,{'x' * 131_073},General\n".encode(),
            3,
            "A cell is longer than 131,072 characters: is a closing quote missing? "
            "Nothing from here on was read.",
        ),
        (
            f"{HEADER}\n{GOOD}\n{',' * 1_000_001}\n".encode(),
            3,
            "This line is longer than 1,000,000 bytes. Nothing from here on was read.",
        ),
        (
            f"{HEADER}\r{GOOD}\r".encode(),
            1,
            "Save the file with line feeds (Unix or Windows) as line ends. "
            "Nothing from here on was read.",
        ),
        (f"{HEADER}\n{GOOD},x\n".encode(), 2, "This line has 7 cells, the header has 6."),
        (f"{HEADER}\nBK-1,Talks\n".encode(), 2, "This line has 2 cells, the header has 6."),
    ],
)
def test_a_file_that_cannot_be_read_on_is_named_by_its_line(
    tmp_path: Path, content: bytes, line: int, message: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    assert refused(path) == [(line, "", message)]


def test_a_ref_that_stands_twice_is_named_with_its_first_line(tmp_path: Path) -> None:
    make_booking("BK-1")
    path = write_csv(tmp_path, HEADER, GOOD, GOOD.replace("Budget", "Final"), GOOD)

    assert refused(path) == [
        (3, "ref", "BK-1 stands on line 2 already: keep one of the two."),
        (4, "ref", "BK-1 stands on line 2 already: keep one of the two."),
    ]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    long = 'BK-2,"Two\nlines",General,x,2026-12-01T10:30:00Z,ja'
    path = write_csv(tmp_path, HEADER, "", GOOD, long, GOOD.replace("ja;th", ""))

    assert [(line, column) for line, column, _ in refused(path)] == [
        (4, "title"),
        (4, "starts_at"),
        (6, "ref"),
    ]


def test_all_errors_of_a_line_are_told_in_the_order_of_the_columns(tmp_path: Path) -> None:
    path = write_csv(tmp_path, HEADER, "B 1,,Daily,x,y,")

    assert [column for _, column, _ in refused(path)] == [
        "ref",
        "title",
        "meeting_type",
        "starts_at",
        "ends_at",
        "languages",
    ]


def test_errors_stand_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path, HEADER, GOOD.replace("ja;th", ""), GOOD, "x", GOOD.replace("Budget", "\0"), '"'
    )

    assert [(line, column) for line, column, _ in refused(path)] == [
        (2, "languages"),
        (3, "ref"),
        (4, ""),
        (5, "ref"),
        (5, "title"),
        (6, ""),
    ]


def test_only_the_first_thousand_errors_are_kept_and_the_others_counted(tmp_path: Path) -> None:
    lines = [GOOD.replace("BK-1", f"BK-{n}").replace("ja;th", "") for n in range(1_234)]

    _, data = run("import_bookings", str(write_csv(tmp_path, HEADER, *lines)))

    assert len(data["errors"]) == 1_000
    assert data["more_errors"] == 234


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.csv", "There is no file “none.csv”."),
        ("folder", "“folder” is a folder: name a CSV file."),
        ("empty.csv", "“empty.csv” is empty: its first line must name the columns."),
        ("large.csv", "“large.csv” is larger than 100 MB: split it into several files."),
    ],
)
def test_a_file_that_is_no_csv_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").touch()
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(100_000_001)
    before = database_digest()

    code, data = run("import_bookings", str(tmp_path / name))

    assert code == 2
    assert data == {"error": {"code": "input", "message": message}}
    assert database_digest() == before


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


def test_errors_are_printed_as_a_table(tmp_path: Path) -> None:
    out = io.StringIO()
    path = write_csv(
        tmp_path, HEADER, GOOD.replace("ja;th", ""), GOOD.replace("BK-1,Budget talks", "BK-2,")
    )

    with pytest.raises(SystemExit) as stop:
        call_command("import_bookings", str(path), stdout=out)

    assert stop.value.code == 2
    assert out.getvalue().splitlines() == [
        "line  column     what is wrong",
        "   2  languages  Give the languages.",
        "   3  title      Give the title.",
        "2 errors; nothing was written. Put the file right and import it again.",
    ]
