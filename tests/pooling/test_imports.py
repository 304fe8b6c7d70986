"""What an import means for the pool and for work that is assigned already."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.audit import COMMAND
from assignment.imports.report import LineError
from assignment.models import Assignment, Booking
from pooling.gate import gate
from pooling.imports import Imported, import_bookings, import_interpreters
from pooling.pool import state_of
from pooling.processing import process_entries
from tests.assignment.imports.files import (
    GOOD,
    HEADER,
    PEOPLE_HEADER,
    database_digest,
    make_booking,
    make_person,
    write_csv,
)

pytestmark = pytest.mark.django_db(transaction=True)

EARLY = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
LATE = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)
DEADLINE = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
"""Ten days before GOOD starts: what NORMAL asks for a General booking."""


def run_import(path: Path, *, now: dt.datetime = EARLY, **options: Any) -> Imported:
    return import_bookings(path, now=now, actor=COMMAND, **options)


def assigned(**fields: Any) -> Booking:
    """A booking that the engine has given to IN-1."""
    make_person("IN-1")
    booking = make_booking(**fields)
    gate([booking.pk], now=LATE, actor=COMMAND)
    process_entries([booking.pk], now=LATE, actor=COMMAND, key="test", reason="A test.")
    booking.refresh_from_db()
    assert booking.state == "approved"
    return booking


def test_imported_bookings_pass_the_gate(tmp_path: Path) -> None:
    near = GOOD.replace("BK-1", "BK-2").replace("2026-12-01", "2026-11-28")
    done = run_import(write_csv(tmp_path, HEADER, GOOD, near))

    assert done.gated == 2
    waiting, ready = Booking.objects.order_by("ref")
    assert (waiting.pool_status, waiting.pool_deadline_time) == ("waiting", DEADLINE)
    assert ready.pool_status == "ready"


def test_imported_bookings_wait_for_the_tick_without_the_gate(tmp_path: Path) -> None:
    done = run_import(write_csv(tmp_path, HEADER, GOOD), gate_them=False)

    assert done.gated == 0
    assert state_of(Booking.objects.get()) == "ungated"


def test_a_pooled_booking_that_moves_gets_its_new_deadline(tmp_path: Path) -> None:
    run_import(write_csv(tmp_path, HEADER, GOOD))
    earlier = GOOD.replace("2026-12-01", "2026-11-20").replace("T09", "T15").replace("T10", "T16")

    done = run_import(write_csv(tmp_path, HEADER, earlier))

    assert (done.report.updated, done.gated) == (1, 1)
    booking = Booking.objects.get()
    assert booking.starts_at == dt.datetime(2026, 11, 20, 14, tzinfo=dt.UTC)
    assert booking.pool_deadline_time == dt.datetime(2026, 11, 10, 14, tzinfo=dt.UTC)
    assert booking.pool_status == "ready"


def test_an_escalated_booking_that_moves_is_gated_again(tmp_path: Path) -> None:
    make_booking(
        escalated_at=EARLY, escalation_code="nobody_qualified", escalation_text="Nobody can."
    )

    run_import(write_csv(tmp_path, HEADER, GOOD.replace("ja;th", "ja")))

    booking = Booking.objects.get()
    assert (booking.escalated_at, booking.pool_status) == (None, "waiting")


def test_a_pooled_booking_with_another_title_stays_where_it_is(tmp_path: Path) -> None:
    run_import(write_csv(tmp_path, HEADER, GOOD))
    entered = Booking.objects.get().pool_entry_time

    done = run_import(
        write_csv(tmp_path, HEADER, GOOD.replace("Budget", "Final")),
        now=EARLY + dt.timedelta(hours=1),
    )

    assert (done.report.updated, done.gated) == (1, 0)
    assert Booking.objects.get().pool_entry_time == entered


def test_an_assigned_booking_keeps_its_person_when_they_still_fit(tmp_path: Path) -> None:
    booking = assigned()
    later = GOOD.replace("T09", "T13").replace("T10:30", "T14:30")

    run_import(write_csv(tmp_path, HEADER, later), now=LATE)

    booking.refresh_from_db()
    row = Assignment.objects.get(state="active")
    assert booking.state == "approved"
    assert row.interpreter.ref == "IN-1"
    assert row.starts_at == dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
    assert row.ends_at == dt.datetime(2026, 12, 1, 13, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("gate_them", [True, False])
def test_an_assigned_booking_loses_who_no_longer_fits(tmp_path: Path, gate_them: bool) -> None:
    booking = assigned()

    run_import(
        write_csv(tmp_path, HEADER, GOOD.replace("ja;th", "fr")), now=LATE, gate_them=gate_them
    )

    booking.refresh_from_db()
    assert (booking.state, booking.pool_status) == ("waiting", "ready")
    assert list(Assignment.objects.values_list("state", flat=True)) == ["withdrawn"]


def test_a_person_who_loses_a_language_loses_the_work_that_needs_it(tmp_path: Path) -> None:
    booking = assigned()
    path = write_csv(tmp_path, PEOPLE_HEADER, "IN-1,Somchai Example,ja;en")

    import_interpreters(path, now=LATE, actor=COMMAND)

    booking.refresh_from_db()
    assert booking.state == "waiting"
    assert list(Assignment.objects.values_list("state", flat=True)) == ["withdrawn"]


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    make_booking("BK-2", title="Old")
    before = database_digest()
    path = write_csv(tmp_path, HEADER, GOOD, GOOD.replace("BK-1", "BK-2"))

    done = run_import(path, dry_run=True)

    assert (done.report.created, done.report.updated, done.gated) == (1, 1, 0)
    assert database_digest() == before


def test_a_file_that_became_wrong_between_the_passes_writes_nothing(tmp_path: Path) -> None:
    lines = [GOOD.replace("BK-1", f"BK-{number}") for number in range(3)]
    path = write_csv(tmp_path, HEADER, *lines)
    size = path.stat().st_size
    seen = 0

    def cancel_after_the_first_pass(count: int) -> None:
        nonlocal seen
        seen += count
        if seen == size:
            make_booking("BK-2", state="cancelled", title="Old")

    done = run_import(path, progress=cancel_after_the_first_pass)

    assert done.report.errors == (
        LineError(
            line=4, column="ref", message="BK-2 is cancelled: it cannot be changed any more."
        ),
    )
    assert list(Booking.objects.values_list("ref", flat=True)) == ["BK-2"]


def test_the_number_of_queries_does_not_grow_with_the_lines_of_a_chunk(tmp_path: Path) -> None:
    counts = []
    for first, many in ((0, 3), (100, 28)):
        lines = [GOOD.replace("BK-1", f"BK-{first + number}") for number in range(many)]
        path = write_csv(tmp_path, HEADER, *lines, name=f"{first}.csv")
        with CaptureQueriesContext(connection) as queries:
            run_import(path)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_command_answers_with_the_counts(tmp_path: Path) -> None:
    out = io.StringIO()
    path = write_csv(tmp_path, HEADER, GOOD)

    call_command(
        "import_bookings", str(path), "--json", "--now", "2026-11-20T08:00:00Z", stdout=out
    )

    answer = json.loads(out.getvalue())
    assert {key: answer[key] for key in ("created", "updated", "unchanged", "gated", "errors")} == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "gated": 1,
        "errors": [],
    }
    assert Booking.objects.get().pool_entry_time == EARLY


PAST = GOOD.replace("BK-1", "BK-2").replace("2026-12-01", "2020-12-01")


@pytest.mark.parametrize(
    ("lines", "count", "sentence"),
    [
        ([GOOD], 0, ""),
        ([GOOD, PAST], 1, " 1 lies in the past and will not be assigned."),
        ([PAST, PAST.replace("2,", "3,")], 2, " 2 lie in the past and will not be assigned."),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_the_command_says_what_lies_in_the_past(
    tmp_path: Path, lines: list[str], count: int, sentence: str, dry_run: bool
) -> None:
    options = ["--now", "2026-11-20T08:00:00Z", *(["--dry-run"] if dry_run else [])]
    command = ("import_bookings", str(write_csv(tmp_path, HEADER, *lines)), *options)
    text, data = io.StringIO(), io.StringIO()

    if dry_run:
        call_command(*command, stdout=text)
    call_command(*command, "--json", stdout=data)

    assert json.loads(data.getvalue())["in_past"] == count
    if dry_run:
        ending = " Nothing was written: this was a dry run."
        assert (
            text.getvalue().strip()
            == f"{len(lines)} new, 0 changed, 0 unchanged.{sentence}{ending}"
        )


def test_the_command_for_people_says_how_many_teams_it_made(tmp_path: Path) -> None:
    out = io.StringIO()
    path = write_csv(tmp_path, PEOPLE_HEADER + ",team", "IN-1,Somchai Example,ja,rome")

    call_command("import_interpreters", str(path), stdout=out)

    assert out.getvalue() == "1 new, 0 changed, 0 unchanged, 1 team made.\n"
