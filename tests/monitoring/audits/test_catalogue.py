"""Each seeded corruption gives exactly its own code; a repair twice changes nothing twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import Schedule

from assignment.audit import COMMAND
from assignment.models import (
    Assignment,
    AuditEvent,
    Booking,
    BookingPerson,
    DoNotSend,
    Interpreter,
    Leave,
)
from monitoring.audits.catalogue import AUDITS, SCHEMA, examine_all
from monitoring.repair import MENDS, Outcome, audit_integrity, repair_integrity
from pooling import pool
from pooling.models import Run
from pooling.sample.loading import load_sample
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import booking_of
from tests.monitoring.audits.spoiling import (
    HOUR,
    NOW,
    Spoil,
    change,
    codes,
    codes_of_rows,
    the,
)
from tests.pooling.steps import digest

WORK = Assignment.objects
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def bound() -> Assignment:
    """Work that a run bound and that is still to come, for one person alone."""
    rows = WORK.filter(state="active", operation__isnull=False, booking__interpreters_needed=1)
    found = rows.select_related("booking", "interpreter").order_by("pk").first()
    assert found
    return found


def bind_twice() -> None:
    row = bound()
    clash = {"starts_at": row.starts_at, "ends_at": row.ends_at, "state": "completed"}
    other = the(state="completed")
    WORK.filter(booking=other).update(state="withdrawn")
    WORK.create(booking=other, interpreter=row.interpreter, **clash)


def bind_to_waiting() -> None:
    bind(the(pool_status="waiting", interpreters_needed=2))


def bind_wholly() -> None:
    bind(the(pool_status="waiting", interpreters_needed=1))


def bind(booking: Booking) -> None:
    """Bind the first who may and can to one position, with no decision behind it."""
    person = next(
        row
        for row in Interpreter.objects.filter(active=True).order_by("pk")
        if set(booking.language_tags) <= set(row.language_tags)
        and not Leave.objects.filter(interpreter=row).exists()
        and not BookingPerson.objects.filter(booking=booking, interpreter=row).exists()
        and not DoNotSend.objects.filter(owner=booking.owner, interpreter=row).exists()
    )
    times = {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
    WORK.create(booking=booking, interpreter=person, **times)


def forget_an_event() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM assignment_auditevent WHERE object_ref = %s AND action = 'claim'",
            [booking_of(bound()).ref],
        )


def swap_people() -> None:
    row = bound()
    same = {"languages": row.interpreter.languages, "active": True}
    person = Interpreter.objects.create(ref="IN-new", name="New", **same)
    WORK.filter(pk=row.pk).update(interpreter=person)


def lose_a_booking() -> None:
    booking = the(pool_status="waiting", people__isnull=True, assignments__isnull=True)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM assignment_booking WHERE id = %s", [booking.pk])


def leave_for(row: Assignment) -> None:
    Leave.objects.create(
        interpreter=row.interpreter, starts_at=row.starts_at, ends_at=row.starts_at + HOUR
    )


def exclude(row: Assignment) -> None:
    BookingPerson.objects.create(
        booking=booking_of(row), interpreter=row.interpreter, kind="excluded"
    )


def let_go(row: Assignment) -> None:
    Interpreter.objects.filter(pk=row.interpreter_id).update(active=False)


def claimed() -> Booking:
    """An entry that a worker of another host holds."""
    booking = the(**WAITING)
    one = Booking.objects.filter(pk=booking.pk)
    pool.try_now(one, actor=COMMAND, reason="Test")
    pool.claim(one, limit=1, actor=COMMAND, operation_key="")
    change(booking, pool_claimed_by="elsewhere/1/a")
    return booking


WAITING: dict[str, object] = {"pool_status": "waiting"}
BY_HAND: dict[str, tuple[str, Spoil]] = {
    "two jobs at once": ("overlapping_work", bind_twice),
    "a lost event": ("trail_broken", forget_an_event),
    "another person": ("decision_differs", swap_people),
    "a lost booking": ("booking_lost", lose_a_booking),
    "leave": ("person_on_leave", lambda: leave_for(bound())),
    "excluded": ("person_excluded", lambda: exclude(bound())),
    "not active": ("person_not_active", lambda: let_go(bound())),
    "languages": (
        "person_without_language",
        lambda: Booking.objects.filter(pk=booking_of(bound()).pk).update(languages="xx"),
    ),
}
REPAIRED: dict[str, tuple[str, Spoil]] = {
    "no person": (
        "approved_incomplete",
        lambda: WORK.filter(pk=bound().pk).update(state="withdrawn"),
    ),
    "moved": (
        "work_time_differs",
        lambda: WORK.filter(pk=bound().pk).update(ends_at=bound().ends_at - HOUR / 4),
    ),
    "left over": ("work_left_over", bind_to_waiting),
    "bound in the pool": ("entry_assigned", bind_wholly),
    "processing without a lease": (
        "entry_without_lease",
        lambda: change(claimed(), pool_lease_until=None),
    ),
    "processing without a holder": (
        "entry_without_lease",
        lambda: change(claimed(), pool_claimed_by=""),
    ),
    "a lease long over": (
        "entry_lease_expired",
        lambda: change(claimed(), pool_lease_until=LONG_AGO),
    ),
    "ends first": (
        "entry_ends_before_start",
        lambda: change(the(**WAITING), ends_at=the(**WAITING).starts_at),
    ),
    "too many attempts": (
        "entry_attempts_impossible",
        lambda: change(the(**WAITING), pool_processing_attempts=1001),
    ),
    "no deadline": (
        "entry_deadline_wrong",
        lambda: change(the(**WAITING), pool_deadline_time=None),
    ),
    "late deadline": (
        "entry_deadline_wrong",
        lambda: change(the(**WAITING), pool_deadline_time=the(**WAITING).starts_at + HOUR),
    ),
    "no entry time": ("entry_time_missing", lambda: change(the(**WAITING), pool_entry_time=None)),
    "no status": ("entry_status_missing", lambda: change(the(**WAITING), pool_status=None)),
    "approved in the pool": (
        "entry_settled",
        lambda: change(
            booking_of(bound()), pool_status="ready", pool_entry_time=NOW, pool_deadline_time=NOW
        ),
    ),
    "lease without work": (
        "entry_lease_left_over",
        lambda: change(the(**WAITING), pool_lease_until=LONG_AGO, pool_claimed_by="x/1/a"),
    ),
    "no reason": (
        "escalated_without_reason",
        lambda: change(the(escalated_at__isnull=False), escalation_code=""),
    ),
    "escalated and approved": (
        "escalation_left_over",
        lambda: change(booking_of(bound()), escalated_at=NOW, escalation_code="by_hand"),
    ),
    "a silent change": (
        "trail_state_differs",
        lambda: change(the(**WAITING), pool_status="ready"),
    ),
    "counts": ("run_counts_differ", lambda: Run.objects.update(assigned=0)),
}


def test_nothing_is_found_in_a_sample_before_and_after_a_week_of_work(db: None) -> None:
    load_sample(bookings=120, interpreters=42, seed=3, start=NOW.date(), now=NOW, actor=COMMAND)
    assert codes() == []
    for day in range(4):
        now = NOW + dt.timedelta(days=2 * day)
        sweep(now=now, slot=f"day {day}", actor=COMMAND)
        tick(now=now, actor=COMMAND)
        assert codes(now=now) == []
    assert audit_integrity(now=now).findings == ()


@pytest.mark.parametrize("kind", BY_HAND)
def test_what_a_person_must_decide_is_found_and_left(bare: None, kind: str) -> None:
    code, spoil = BY_HAND[kind]
    spoil()
    assert set(codes_of_rows()) == {code}

    before = digest()
    left = repair_rows()
    assert left.repaired == 0
    assert {row.code for row in left.findings} == {code}
    assert {row.repair for row in left.findings} == {""}
    assert digest() == before


@pytest.mark.parametrize("kind", REPAIRED)
def test_what_can_be_repaired_is_found_and_repaired_once(bare: None, kind: str) -> None:
    code, spoil = REPAIRED[kind]
    spoil()
    assert set(codes_of_rows()) == {code}

    last = AuditEvent.objects.order_by("pk").last()
    assert repair_rows().repaired >= 1
    assert last
    assert AuditEvent.objects.filter(pk__gt=last.pk).exists()
    before = digest()
    left = repair_rows()
    assert left.repaired == 0
    assert [row.code for row in left.findings] == (
        ["entry_ends_before_start"] if kind == "ends first" else []
    )
    assert digest() == before


def repair_rows() -> Outcome:
    """Repair everything but the protections that the test itself has dropped."""
    return repair_integrity(now=NOW, actor=COMMAND, schema=False)


def test_what_is_over_is_completed(worked: None, db: None) -> None:
    first = Booking.objects.filter(state="approved").order_by("ends_at")[0]
    late = first.ends_at + dt.timedelta(minutes=20, seconds=1)
    assert codes(now=late - dt.timedelta(seconds=2)) == []
    assert set(codes(now=late)) == {"completion_overdue"}

    assert repair_integrity(now=late, actor=COMMAND).repaired >= 1
    assert codes(now=late) == []
    assert repair_integrity(now=late, actor=COMMAND).repaired == 0


def test_a_schedule_that_is_gone_is_found_and_comes_back(worked: None, db: None) -> None:
    Schedule.objects.filter(name="interpool.tick").delete()
    assert codes() == ["schedule_wrong"]

    assert repair_integrity(now=NOW, actor=COMMAND).repaired == 1
    assert codes() == []


def test_each_audit_has_one_code_and_a_repair_only_where_one_is_stated() -> None:
    assert len({audit.code for audit in AUDITS}) == len(AUDITS)
    stated = {audit.code for audit in AUDITS if audit.repair}
    assert stated == (set(MENDS) - {""}) | SCHEMA


def test_the_number_of_queries_does_not_grow(worked: None, db: None) -> None:
    with CaptureQueriesContext(connection) as few:
        examine_all(now=NOW)
    sweep(now=NOW + dt.timedelta(days=9), slot="more", actor=COMMAND)
    with CaptureQueriesContext(connection) as many:
        examine_all(now=NOW)

    assert len(many) == len(few)
