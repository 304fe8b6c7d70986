"""Importing interpreters, and the teams that they name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from assignment.audit import COMMAND
from assignment.imports.interpreters import InterpreterTable
from assignment.imports.report import ImportReport
from assignment.imports.run import import_file
from assignment.models import AuditEvent, Interpreter, Team
from tests.assignment.imports.files import (
    PEOPLE_HEADER,
    database_digest,
    make_person,
    make_team,
    write_csv,
)

pytestmark = pytest.mark.django_db


def run_import(path: Path, table: InterpreterTable | None = None) -> ImportReport:
    return import_file(path, table or InterpreterTable(), actor=COMMAND, reason="A test.")


def test_import_creates_a_person_with_every_column_and_the_team(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path,
        "ref,name,email,phone,team,languages,skills,weight,hours,timezone,active",
        "IN-1,Chloé Example,c@example.org,'+33 1 99 00 00 01,paris,FR;en,legal,0.8,"
        "Mon-Fri 08:00-17:00;Sat 09:00-12:00,Europe/Paris,No",
    )

    report = run_import(path)

    assert (report.created, report.teams_created, report.errors) == (1, 1, ())
    person = Interpreter.objects.get()
    assert (person.ref, person.name, person.email) == ("IN-1", "Chloé Example", "c@example.org")
    assert (person.phone, person.languages, person.skills) == (
        "+33 1 99 00 00 01",
        "en;fr",
        "legal",
    )
    assert (person.weight, person.active) == (Decimal("0.80"), False)
    assert person.hours == "Mon-Fri 08:00-17:00;Sat 09:00-12:00"
    assert person.time_zone == "Europe/Paris"
    team = Team.objects.get()
    assert (team.ref, team.name, team.time_zone) == ("paris", "paris", "UTC")


def test_import_fills_what_is_not_named_with_defaults(tmp_path: Path) -> None:
    run_import(write_csv(tmp_path, PEOPLE_HEADER, "IN-1,Somchai Example,ja;th"))

    person = Interpreter.objects.get()
    assert (person.weight, person.active, person.team) == (Decimal("1.00"), True, None)
    assert (person.hours, person.time_zone, person.skills) == ("", "", "")


def test_import_of_the_same_people_again_changes_nothing(tmp_path: Path) -> None:
    header = PEOPLE_HEADER + ",weight,active,team"
    path = write_csv(tmp_path, header, "IN-1,Somchai Example,ja;th,0.5,1,paris")
    run_import(path)

    report = run_import(path)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    assert report.teams_created == 0


def test_import_tells_whose_facts_changed(tmp_path: Path) -> None:
    make_team("paris")
    moved, renamed = make_person("IN-1"), make_person("IN-2")
    path = write_csv(
        tmp_path, PEOPLE_HEADER, "IN-1,Somchai Example,ja", "IN-2,Another Name,en;ja;th"
    )

    report = run_import(path)

    assert report.updated == 2
    assert list(report.moved_ids) == [moved.pk]
    renamed.refresh_from_db()
    assert renamed.name == "Another Name"
    events = AuditEvent.objects.filter(action="changed").order_by("pk")
    assert list(events.values_list("object_ref", "changes")) == [
        ("IN-1", {"fields": ["languages"]}),
        ("IN-2", {"fields": ["name"]}),
    ]


def test_import_by_somebody_who_may_not_add_teams_names_the_unknown_ones(tmp_path: Path) -> None:
    before = database_digest()
    path = write_csv(tmp_path, PEOPLE_HEADER + ",team", "IN-1,Somchai Example,ja,rome")

    report = run_import(path, InterpreterTable(may_make_teams=False))

    assert [(error.line, error.column, error.message) for error in report.errors] == [
        (2, "team", "There is no team rome: correct the ref, or add it first.")
    ]
    assert database_digest() == before


@pytest.mark.parametrize(
    ("cell", "active"),
    [("true", True), ("YES", True), ("1", True), ("", True), ("false", False), ("0", False)],
)
def test_import_reads_active_in_a_few_words(tmp_path: Path, cell: str, active: bool) -> None:
    run_import(write_csv(tmp_path, PEOPLE_HEADER + ",active", f"IN-1,Somchai Example,ja,{cell}"))

    assert Interpreter.objects.get().active is active
