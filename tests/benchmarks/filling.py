"""Fills the benchmark's own database: people, bookings, and nothing else."""

from __future__ import annotations

import datetime as dt

from django.core.management.color import no_style
from django.db import connection

from assignment.enums import BookingState, PoolStatus
from assignment.guarantees import install, suspend_append_only
from assignment.models import Booking, Interpreter, Team

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
A_DAY = 500
"""Bookings a day."""
LANGUAGES = ("ja;th", "ja;th", "en;th", "en;ja", "en;ja;th")
WRITTEN = (
    "assignment_opportunity",
    "assignment_assignment",
    "assignment_decision",
    "pooling_planrow",
    "pooling_run",
    "pooling_plan",
    "assignment_roster",
    "assignment_operation",
    "assignment_auditevent",
    "assignment_booking",
)
"""Tables of everything that happens to bookings, those that refer to others first."""


def add_people(count: int) -> None:
    """Write so many interpreters of one team; most speak what most bookings need."""
    team, _ = Team.objects.get_or_create(ref="all", defaults={"name": "All"})
    known = Interpreter.objects.count()
    Interpreter.objects.bulk_create(
        Interpreter(
            ref=f"IN-{number:04}",
            name=f"Person {number}",
            team=team,
            languages=LANGUAGES[number % len(LANGUAGES)] if number % 4 else "en;ja;th",
        )
        for number in range(known, known + count)
    )


def due_bookings(count: int) -> list[Booking]:
    """Return so many unsaved bookings that are due, of one hour, 500 a day from next week on."""
    return [
        Booking(
            pk=number,
            ref=f"BK-{number:07}",
            title=f"Meeting {number}",
            meeting_type=("General", "Weekly", "VIP")[number % 3],
            starts_at=_start(number),
            ends_at=_start(number) + HOUR,
            languages=("ja;th", "en;th", "en;ja")[number % 3],
            pool_status=PoolStatus.READY,
            pool_entry_time=NOW - HOUR,
            pool_deadline_time=NOW - HOUR,
            state=BookingState.WAITING,
        )
        for number in range(1, count + 1)
    ]


def write_due(count: int) -> None:
    """Empty the tables of bookings and write so many that are due."""
    wipe()
    add_due(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def add_due(count: int) -> None:
    """Write so many that are due, with the keys from 1 on."""
    Booking.objects.bulk_create(due_bookings(count), batch_size=2_000)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Booking]):
            cursor.execute(statement)


def wipe() -> None:
    """Empty every table of bookings and of what happened to them."""
    suspend_append_only(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(WRITTEN)} RESTART IDENTITY CASCADE")
        else:
            for table in WRITTEN:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
    install(connection)


def _start(number: int) -> dt.datetime:
    day, place = divmod(number, A_DAY)
    return NOW + dt.timedelta(days=7 + day, minutes=15 * (place % 44))
