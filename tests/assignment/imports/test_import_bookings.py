"""Importing bookings: what is new, changed, unchanged, and what may not change."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assignment.audit import COMMAND
from assignment.imports.bookings import BookingTable
from assignment.imports.report import ImportReport
from assignment.imports.run import import_file, judge_file
from assignment.models import AuditEvent, Booking, BookingPerson
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


def run_import(path: Path) -> ImportReport:
    return import_file(path, BookingTable(), actor=COMMAND, reason="A test.")


def counts(report: ImportReport) -> tuple[int, int, int]:
    assert report.errors == ()
    return report.created, report.updated, report.unchanged


def test_import_creates_a_booking_with_every_column(tmp_path: Path) -> None:
    make_team("paris")
    for ref in ("IN-1", "IN-2", "IN-3"):
        make_person(ref)
    path = write_csv(
        tmp_path,
        "ref,title,meeting_type,dr_type,other_type,starts_at,ends_at,languages,skills,team,owner,"
        "group,room,interpreters_needed,preferred,excluded,pinned",
        'BK-7,"Review, part 2",DR,Other,Site visit,2026-12-01T09:00:00+01:00,'
        "2026-12-01T10:30:00Z,TH;ja>EN-gb,medical;legal,paris,Ana Example,DR weekly,Room 4,2,"
        "IN-2;IN-1,IN-3,",
    )

    assert counts(run_import(path)) == (1, 0, 0)

    booking = Booking.objects.get()
    assert (booking.ref, booking.title) == ("BK-7", "Review, part 2")
    assert (booking.meeting_type, booking.dr_type) == ("DR", "Other")
    assert booking.other_type == "Site visit"
    assert booking.starts_at == dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC)
    assert booking.ends_at == dt.datetime(2026, 12, 1, 10, 30, tzinfo=dt.UTC)
    assert (booking.languages, booking.skills) == ("ja>en-GB;th", "legal;medical")
    assert booking.team is not None
    assert booking.team.ref == "paris"
    assert (booking.owner, booking.group, booking.room) == ("Ana Example", "DR weekly", "Room 4")
    assert (booking.interpreters_needed, booking.version) == (2, 1)
    assert (booking.state, booking.pool_status) == ("waiting", None)
    people = BookingPerson.objects.order_by("kind", "interpreter__ref")
    assert list(people.values_list("kind", "interpreter__ref")) == [
        ("excluded", "IN-3"),
        ("preferred", "IN-1"),
        ("preferred", "IN-2"),
    ]


def test_import_of_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write_csv(tmp_path, HEADER, GOOD)
    run_import(path)

    assert counts(run_import(path)) == (0, 0, 1)
    assert Booking.objects.get().version == 1


def test_import_updates_only_the_columns_of_the_header(tmp_path: Path) -> None:
    person = make_person("IN-1")
    booking = make_booking(room="Room 4", skills="legal", version=3)
    booking.people.create(interpreter=person, kind="preferred")
    path = write_csv(tmp_path, HEADER, GOOD.replace("Budget talks", "Final talks"))

    report = run_import(path)

    assert counts(report) == (0, 1, 0)
    assert list(report.moved_ids) == []
    booking.refresh_from_db()
    assert (booking.title, booking.room, booking.skills) == ("Final talks", "Room 4", "legal")
    assert booking.version == 4
    assert booking.people.get().kind == "preferred"


def test_import_clears_what_stands_empty_under_an_optional_column(tmp_path: Path) -> None:
    booking = make_booking(room="Room 4", interpreters_needed=3, team=make_team())
    booking.people.create(interpreter=make_person("IN-1"), kind="pinned")
    path = write_csv(tmp_path, HEADER + ",room,interpreters_needed,team,pinned", GOOD + ",,,,")

    report = run_import(path)

    assert counts(report) == (0, 1, 0)
    assert list(report.moved_ids) == [booking.pk]
    booking.refresh_from_db()
    assert (booking.room, booking.interpreters_needed, booking.team) == ("", 1, None)
    assert not booking.people.exists()


def test_import_replaces_the_named_people(tmp_path: Path) -> None:
    booking = make_booking()
    booking.people.create(interpreter=make_person("IN-1"), kind="preferred")
    booking.people.create(interpreter=make_person("IN-2"), kind="declined")
    make_person("IN-3")
    path = write_csv(tmp_path, HEADER + ",preferred", GOOD + ",IN-3")

    report = run_import(path)

    assert list(report.moved_ids) == [booking.pk]
    named = set(booking.people.values_list("kind", "interpreter__ref"))
    assert named == {("preferred", "IN-3"), ("declined", "IN-2")}


def test_import_leaves_the_pool_columns_alone(tmp_path: Path) -> None:
    entry = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    booking = make_booking(
        pool_status="waiting", pool_entry_time=entry, pool_deadline_time=entry, pool_fence=7
    )
    path = write_csv(tmp_path, HEADER, GOOD.replace("Budget talks", "Final talks"))

    run_import(path)

    booking.refresh_from_db()
    assert (booking.pool_status, booking.pool_fence) == ("waiting", 7)
    assert (booking.pool_entry_time, booking.pool_deadline_time) == (entry, entry)


def test_import_tells_the_pool_which_bookings_are_about_to_move(tmp_path: Path) -> None:
    booking = make_booking()
    told: list[tuple[int, ...]] = []
    path = write_csv(tmp_path, HEADER, GOOD.replace("T09", "T08"))

    table = BookingTable(take_back=lambda ids: told.append(tuple(ids)))
    import_file(path, table, actor=COMMAND, reason="A test.")

    assert told == [(booking.pk,)]


@pytest.mark.parametrize("state", ["completed", "cancelled"])
def test_import_refuses_to_change_a_closed_booking(tmp_path: Path, state: str) -> None:
    make_booking(state=state)
    before = database_digest()
    path = write_csv(tmp_path, HEADER, GOOD.replace("Budget", "Final"))

    report = run_import(path)

    assert [(error.line, error.column, error.message) for error in report.errors] == [
        (2, "ref", f"BK-1 is {state}: it cannot be changed any more.")
    ]
    assert database_digest() == before


def test_import_passes_over_a_closed_booking_with_the_same_content(tmp_path: Path) -> None:
    make_booking(state="completed")

    assert counts(run_import(write_csv(tmp_path, HEADER, GOOD))) == (0, 0, 1)


def test_import_refuses_to_move_a_booking_that_is_being_decided(tmp_path: Path) -> None:
    moment = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    make_booking(
        pool_status="processing",
        pool_entry_time=moment,
        pool_deadline_time=moment,
        pool_lease_until=moment,
        pool_claimed_by="worker",
    )
    title = write_csv(tmp_path, HEADER, GOOD.replace("Budget", "Final"), name="title.csv")
    times = write_csv(tmp_path, HEADER, GOOD.replace("T09", "T08"), name="times.csv")

    assert counts(run_import(title)) == (0, 1, 0)
    report = run_import(times)

    assert [error.message for error in report.errors] == [
        "BK-1 is being decided just now: import it again in a minute."
    ]


def test_import_writes_one_event_for_the_file_and_one_for_each_booking(tmp_path: Path) -> None:
    make_booking("BK-2", title="Old")
    path = write_csv(
        tmp_path, HEADER, GOOD, GOOD.replace("BK-1", "BK-2"), GOOD.replace("BK-1", "BK-3")
    )

    report = run_import(path)

    events = AuditEvent.objects.order_by("pk")
    assert list(events.values_list("action", "object_type", "object_ref", "changes")) == [
        ("created", "booking", "BK-1", {}),
        ("changed", "booking", "BK-2", {"fields": ["title"]}),
        ("created", "booking", "BK-3", {}),
        (
            "import_bookings",
            "import",
            report.sha256,
            {"created": 2, "updated": 1, "unchanged": 0, "sha256": report.sha256},
        ),
    ]


def test_judging_a_file_writes_nothing_and_shows_the_changes(tmp_path: Path) -> None:
    make_booking("BK-2", title="Old")
    before = database_digest()
    path = write_csv(tmp_path, HEADER, GOOD, GOOD.replace("BK-1", "BK-2"))

    report = judge_file(path, BookingTable())

    assert counts(report) == (1, 1, 0)
    assert database_digest() == before
    new, changed = report.shown
    assert (new.line, new.ref, new.is_new) == (2, "BK-1", True)
    assert (changed.line, changed.ref, changed.is_new) == (3, "BK-2", False)
    (value,) = changed.values
    assert (value.field, value.before, value.after) == ("title", "Old", "Budget talks")


def test_import_limited_to_teams_refuses_all_others(tmp_path: Path) -> None:
    make_team("paris")
    make_team("tokyo")
    make_booking("BK-2")
    path = write_csv(
        tmp_path,
        HEADER + ",team",
        GOOD + ",paris",
        GOOD.replace("BK-1", "BK-2") + ",paris",
        GOOD.replace("BK-1", "BK-3") + ",tokyo",
    )

    report = judge_file(path, BookingTable(only_teams=frozenset({"paris"})))

    assert [(error.line, error.column, error.message) for error in report.errors] == [
        (3, "team", "You may import only for paris."),
        (4, "team", "You may import only for paris."),
    ]
