"""Files that cannot be imported: bad headers, bytes, quotes, sizes, and refs that repeat."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.assignment.imports.files import (
    GOOD,
    HEADER,
    database_digest,
    make_booking,
    write_csv,
)
from tests.pooling.refusals import refused, run

pytestmark = pytest.mark.django_db

NO_SUCH_COLUMN = (
    "use ref, title, meeting_type, dr_type, other_type, starts_at, ends_at, languages, skills, "
    "team, owner, group, room, interpreters_needed, preferred, excluded, pinned."
)


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
