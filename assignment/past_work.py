"""Recording work that was done before this system knew of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assignment.audit import Actor, Entry, record
from assignment.booking_rules import BookingValues
from assignment.enums import AssignmentState, BookingState
from assignment.imports.changes import Change
from assignment.imports.writing import BookingWriter, new_booking
from assignment.models import Assignment, Booking


@dataclass(frozen=True, kw_only=True)
class PastBooking:
    """A booking that is over, and the people (refs, by position) who did it."""

    values: BookingValues
    people: tuple[str, ...]


def record_past_work(
    rows: Sequence[PastBooking],
    *,
    teams: Mapping[str, int],
    people: Mapping[str, int],
    actor: Actor,
    reason: str,
) -> tuple[int, ...]:
    """Write completed bookings with their assignments and audit events; return their keys.

    Call inside a transaction. ``teams`` and ``people`` give the key of each ref. The
    database refuses people who would have been in two places at once.
    """
    writer = BookingWriter(teams=teams, people=people)
    changes: list[Change[BookingValues]] = [new_booking(row.values) for row in rows]
    ids, _ = writer.write(changes, actor=actor, reason=reason)
    Booking.objects.filter(pk__in=ids).update(state=BookingState.COMPLETED)
    Assignment.objects.bulk_create(_assignments(ids, rows, people=people), batch_size=500)
    record((_event(row, reason=reason) for row in rows), actor=actor)
    return ids


def _assignments(
    ids: Sequence[int], rows: Sequence[PastBooking], *, people: Mapping[str, int]
) -> Iterator[Assignment]:
    for booking_id, row in zip(ids, rows, strict=True):
        times: dict[str, Any] = {"starts_at": row.values.starts_at, "ends_at": row.values.ends_at}
        for position, ref in enumerate(row.people, start=1):
            yield Assignment(
                booking_id=booking_id,
                interpreter_id=people[ref],
                position=position,
                state=AssignmentState.COMPLETED,
                by_hand=True,
                **times,
            )


def _event(row: PastBooking, *, reason: str) -> Entry:
    return Entry(
        action="complete",
        object_type="booking",
        object_ref=row.values.ref,
        from_state="ungated",
        to_state=BookingState.COMPLETED,
        reason=reason,
        changes={"people": list(row.people)},
    )
