"""A small service with something of everything, made anew as often as needed."""

from __future__ import annotations

from django.db import connection

from assignment.audit import COMMAND
from assignment.guarantees import install, suspend_append_only
from assignment.models import Assignment, Booking
from pooling.gate import gate
from pooling.models import Run
from pooling.sweep import sweep
from tests.factories.bookings import NOW, BookingFactory, after
from tests.factories.people import InterpreterFactory

TABLES = (
    "assignment_availabilitychange",
    "pooling_cureoffer",
    "pooling_claimhold",
    "pooling_recheck",
    "pooling_run",
    "pooling_planrow",
    "pooling_plan",
    "assignment_sessiondecision",
    "assignment_sessionmessage",
    "assignment_sessionpass",
    "assignment_opportunity",
    "assignment_decision",
    "assignment_assignment",
    "assignment_session",
    "assignment_presence",
    "assignment_desk",
    "assignment_auditevent",
    "assignment_operation",
    "assignment_roster",
    "assignment_booking",
    "assignment_interpreter",
)
SLOT = "2026-11-23"
State = dict[str, tuple[str, tuple[str, ...]]]


def make_service() -> None:
    """Three people; bookings that are gated, waiting, not gated, shared, impossible."""
    empty()
    for ref in ("A", "B", "C"):
        InterpreterFactory.create(ref=ref)
    for number in range(6):
        BookingFactory.create(ref=f"due {number}", starts_at=after(days=1, minutes=20 * number))
    BookingFactory.create(ref="two", starts_at=after(days=2), interpreters_needed=2)
    BookingFactory.create(ref="nobody", starts_at=after(days=3), languages="fr")
    BookingFactory.create(ref="started", starts_at=after(minutes=-5))
    later = BookingFactory.create(ref="later", starts_at=after(days=10, hours=1))
    gate(Booking.objects.values_list("pk", flat=True), now=after(hours=-2), actor=COMMAND)
    BookingFactory.create(ref="new", starts_at=after(days=4))
    BookingFactory.create(ref="far", starts_at=after(days=40))
    Booking.objects.filter(pk=later.pk).update(
        starts_at=after(days=9), ends_at=after(days=9, hours=1), pool_deadline_time=after(days=-1)
    )


def empty() -> None:
    """Delete every row of the service."""
    suspend_append_only(connection)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
    install(connection)


def sweep_it() -> int:
    """Sweep the slot, and return the run."""
    report = sweep(now=NOW, slot=SLOT, actor=COMMAND)
    assert report.run
    return report.run


def outcome() -> State:
    """State and people of every booking."""
    people: dict[str, list[str]] = {}
    rows = Assignment.objects.filter(state="active").order_by("position")
    for booking, person in rows.values_list("booking__ref", "interpreter__ref"):
        people.setdefault(booking, []).append(person)
    return {
        row.ref: (
            row.pool_status or row.escalation_code or row.state,
            tuple(people.get(row.ref, ())),
        )
        for row in Booking.objects.all()
    }


def run_ids() -> list[int]:
    """The ids of all runs."""
    return list(Run.objects.order_by("pk").values_list("pk", flat=True))
