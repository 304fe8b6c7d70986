"""Who has a booking now, who gave it to them, and whether the last decision still holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from assignment.enums import BookingState
from assignment.models import Assignment, AuditEvent, Booking
from assignment.on_leave import marked


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One person who has (or did) a booking, and what made it theirs.

    ``by_hand``: a person chose. ``is_given``: it was done here; else it came with the booking.
    ``by`` is empty and ``at`` None where nothing tells who did it.
    """

    interpreter: str
    name: str
    by_hand: bool
    is_given: bool
    by: str
    at: dt.datetime | None
    reason: str

    @property
    def how(self) -> str:
        """Return in words how it became theirs."""
        if self.is_given:
            return "given by hand" if self.by_hand else "given"
        return "recorded with the booking"


def work_on(booking: Booking) -> list[Assignment]:
    """Return what active and completed work there is for it, with its people: one query.

    It is ``marked`` as to leave.
    """
    rows = marked(Assignment.objects.busy().filter(booking=booking))
    return list(rows.select_related("interpreter", "operation").order_by("position"))


def holders_of(booking: Booking, work: Sequence[Assignment]) -> tuple[Holder, ...]:
    """Return who has the booking by position; one query where no operation tells it."""
    came = None
    if any(row.operation is None for row in work):
        states = (BookingState.APPROVED, BookingState.COMPLETED)
        events = AuditEvent.objects.filter(object_type="booking", object_ref=booking.ref)
        came = events.filter(to_state__in=states).order_by("pk").first()
    return tuple(_holder(row, came) for row in work)


def is_in_force(chosen: Collection[str], holders: Iterable[Holder]) -> bool:
    """Tell whether a decision for these refs still says who has the booking.

    One for nobody holds until a person gives the booking to somebody.
    """
    rows = tuple(holders)
    if not chosen:
        return not any(row.by_hand for row in rows)
    return set(chosen) <= {row.interpreter for row in rows}


def _holder(row: Assignment, came: AuditEvent | None) -> Holder:
    operation = row.operation
    if operation is not None:
        by, at, reason = operation.actor, operation.business_now, operation.reason
    elif came is not None:
        by, at, reason = came.actor, came.at, came.reason
    else:
        by, at, reason = "", None, ""
    return Holder(
        interpreter=row.interpreter.ref,
        name=row.interpreter.name,
        by_hand=row.by_hand,
        is_given=operation is not None,
        by=by,
        at=at,
        reason=reason,
    )
