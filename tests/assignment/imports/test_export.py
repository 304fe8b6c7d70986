"""Exports: harmless in a spreadsheet, and the same when imported again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignment.imports.bookings import BookingTable
from assignment.imports.export import booking_rows, interpreter_rows
from assignment.imports.interpreters import InterpreterTable
from assignment.imports.run import judge_file
from assignment.imports.spreadsheet import neutralise, restore
from assignment.models import Booking, Interpreter
from tests.assignment.imports.files import make_booking, make_person, make_team


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+66 2 555", "'+66 2 555"),
        ("-x", "'-x"),
        ("@cmd", "'@cmd"),
        ("\uff1dx", "'\uff1dx"),
        ("'=x", "''=x"),
        ("'quoted'", "'quoted'"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_gets_a_quote(text: str, cell: str) -> None:
    assert neutralise(text) == cell
    assert restore(cell) == text


@given(st.text(alphabet="'=+-@a ", max_size=6))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert restore(neutralise(text)) == text
    assert not neutralise(text).startswith(("=", "+", "-", "@"))


@pytest.mark.django_db
def test_exported_bookings_import_as_unchanged(tmp_path: Path) -> None:
    team, person = make_team("paris"), make_person("IN-1", languages="fr>th")
    booking = make_booking(
        title="=SUM(A1)",
        owner='Ana "A" Example, Ltd',
        room="+1",
        team=team,
        languages="fr>th",
        skills="legal;medical",
    )
    make_booking("BK-2", meeting_type="DR", dr_type="Other", other_type="Tour")
    booking.people.create(interpreter=person, kind="pinned")
    path = tmp_path / "bookings.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(booking_rows(Booking.objects.all()))

    rows = path.read_text("utf-8-sig").splitlines()
    assert rows[1] == (
        "BK-1,'=SUM(A1),General,,,2026-12-01T08:00:00Z,2026-12-01T09:30:00Z,fr>th,legal;medical,"
        'paris,"Ana ""A"" Example, Ltd",,\'+1,1,,,IN-1'
    )
    report = judge_file(path, BookingTable())
    assert (report.created, report.updated, report.unchanged, report.errors) == (0, 0, 2, ())


@pytest.mark.django_db
def test_exported_people_import_as_unchanged(tmp_path: Path) -> None:
    make_person("IN-1", weight="0.50", phone="+33 1", hours="Mon 08:00-12:00", active=False)
    make_person("IN-2", team=make_team("paris"), time_zone="Asia/Tokyo", skills="legal")
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(interpreter_rows(Interpreter.objects.all()))

    assert path.read_text("utf-8").splitlines()[1:] == [
        "IN-1,Somchai Example,,'+33 1,,en;ja;th,,0.5,Mon 08:00-12:00,,false",
        "IN-2,Somchai Example,,,paris,en;ja;th,legal,1,,Asia/Tokyo,true",
    ]
    report = judge_file(path, InterpreterTable())
    assert (report.created, report.updated, report.unchanged, report.errors) == (0, 0, 2, ())
