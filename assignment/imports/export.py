"""Bookings and people as rows of the files that the import reads; a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from assignment.command import instant_text
from assignment.enums import PersonKind
from assignment.imports.columns import BOOKING_COLUMNS, INTERPRETER_COLUMNS
from assignment.imports.spreadsheet import neutralise
from assignment.models import Booking, Interpreter

AT_ONCE = 1_000


def booking_rows(queryset: QuerySet[Booking]) -> Iterator[list[str]]:
    """Yield the header and a row a booking, in the order of the queryset.

    Cells that a spreadsheet would run are neutralised; the import takes that back.
    """
    yield [column.name for column in BOOKING_COLUMNS]
    rows = queryset.select_related("team").prefetch_related("people__interpreter")
    for booking in rows.iterator(chunk_size=AT_ONCE):
        yield _row(booking)


def interpreter_rows(queryset: QuerySet[Interpreter]) -> Iterator[list[str]]:
    """Yield the header and a row a person, in the order of the queryset."""
    yield [column.name for column in INTERPRETER_COLUMNS]
    for person in queryset.select_related("team").iterator(chunk_size=AT_ONCE):
        yield _cells(
            person.ref,
            person.name,
            person.email,
            person.phone,
            person.team.ref if person.team else "",
            person.languages,
            person.skills,
            f"{person.weight.normalize():f}",
            person.hours,
            person.time_zone,
            "true" if person.active else "false",
        )


def _row(booking: Booking) -> list[str]:
    return _cells(
        booking.ref,
        booking.title,
        booking.meeting_type,
        booking.dr_type,
        booking.other_type,
        instant_text(booking.starts_at) or "",
        instant_text(booking.ends_at) or "",
        booking.languages,
        booking.skills,
        booking.team.ref if booking.team else "",
        booking.owner,
        booking.group,
        booking.room,
        str(booking.interpreters_needed),
        _named(booking, PersonKind.PREFERRED),
        _named(booking, PersonKind.EXCLUDED),
        _named(booking, PersonKind.PINNED),
    )


def _cells(*texts: str) -> list[str]:
    return [neutralise(text) for text in texts]


def _named(booking: Booking, kind: str) -> str:
    people: Sequence[str] = sorted(
        row.interpreter.ref for row in booking.people.all() if row.kind == kind
    )
    return ";".join(people)
