"""Who imports only for some teams names only their people, as the form has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignment.audit import COMMAND
from assignment.imports.bookings import BookingTable
from assignment.imports.run import import_file, judge_file
from assignment.models import BookingPerson, Interpreter, Team
from tests.assignment.imports.files import (
    GOOD,
    HEADER,
    database_digest,
    make_booking,
    make_person,
    make_team,
    write_csv,
)

pytestmark = pytest.mark.django_db

PEOPLE = f"{HEADER},team,preferred,excluded,pinned"


@pytest.fixture(autouse=True)
def _people() -> None:
    """One person of each of two teams, and one of none."""
    paris, tokyo = make_team("paris"), make_team("tokyo")
    make_person("P", team=paris)
    make_person("T", team=tokyo)
    make_person("N")


def table(*teams: str) -> BookingTable:
    """The table for somebody limited to these teams."""
    return BookingTable(only_teams=frozenset(teams) or None)


@pytest.mark.parametrize("column", ["preferred", "excluded", "pinned"])
@pytest.mark.parametrize("ref", ["T", "N"])
def test_people_of_other_teams_are_refused_by_line_and_column(
    tmp_path: Path, column: str, ref: str
) -> None:
    cells = {"preferred": "", "excluded": "", "pinned": ""} | {column: ref}
    path = write_csv(tmp_path, PEOPLE, f"{GOOD},paris,{','.join(cells.values())}")
    before = database_digest()

    report = import_file(path, table("paris"), actor=COMMAND, reason="A test.")

    assert [(error.line, error.column, error.message) for error in report.errors] == [
        (2, column, f"{ref} is of another team: name only people of paris.")
    ]
    assert database_digest() == before


def test_own_people_are_taken_and_without_a_limit_everybody(tmp_path: Path) -> None:
    own = write_csv(tmp_path, PEOPLE, f"{GOOD},paris,P,,", name="own.csv")
    all_of_them = write_csv(tmp_path, PEOPLE, f"{GOOD},paris,P;T;N,,", name="all.csv")

    assert judge_file(own, table("paris")).errors == ()
    assert judge_file(all_of_them, table("paris", "tokyo")).errors[0].message == (
        "N is of another team: name only people of paris, tokyo."
    )
    assert judge_file(all_of_them, table()).errors == ()


def test_somebody_who_was_named_before_may_stay_in_the_same_cell(tmp_path: Path) -> None:
    booking = make_booking(team=Team.objects.get(ref="paris"))
    named = Interpreter.objects.get(ref="T")
    BookingPerson.objects.create(booking=booking, interpreter=named, kind="preferred")
    stays = write_csv(tmp_path, PEOPLE, f"{GOOD},paris,P;T,,", name="stays.csv")
    moves = write_csv(tmp_path, PEOPLE, f"{GOOD},paris,,T,", name="moves.csv")

    assert judge_file(stays, table("paris")).errors == ()
    assert [error.column for error in judge_file(moves, table("paris")).errors] == ["excluded"]
