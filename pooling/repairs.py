"""Puts work and runs right that an audit found wrong; the pool's columns: ``pooling.pool``.

Every verb locks people, then bookings, looks again, and writes an audit event.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count

from assignment.audit import Actor, Entry, record
from assignment.engine import binding
from assignment.enums import AssignmentState, BookingState, Reason, Result
from assignment.models import Booking
from pooling.models import Run

ENDS_AS = {
    BookingState.WAITING: AssignmentState.WITHDRAWN,
    BookingState.CANCELLED: AssignmentState.CANCELLED,
    BookingState.COMPLETED: AssignmentState.COMPLETED,
}
"""How active work ends whose booking is in that state."""


def end_left_over_work(booking_ids: Sequence[int], *, actor: Actor) -> int:
    """Write: end the active assignments of these bookings unless they are approved."""
    ended = 0
    for known in Booking.objects.filter(pk__in=booking_ids).order_by("pk"):
        with transaction.atomic():
            rows = binding.lock_active(known)
            booking = Booking.objects.select_for_update().get(pk=known.pk)
            state = ENDS_AS.get(BookingState(booking.state))
            if state is None or not rows:
                continue
            ended += binding.end_assignments([booking], state=state)
            entry = Entry(
                action="repair",
                object_type="booking",
                object_ref=booking.ref,
                reason=f"People were bound although it is {booking.state}; that is {state} now.",
                reason_code=Reason.CORRUPT,
                changes={"assignments": [row.pk for row in rows]},
            )
            record([entry], actor=actor)
    return ended


def recount(run_ids: Sequence[int], *, actor: Actor) -> int:
    """Write: count the rows of finished runs anew; return how many counts were wrong."""
    mended = 0
    for key in sorted(run_ids):
        with transaction.atomic():
            run = Run.objects.select_for_update().get(pk=key)
            rows = run.rows.order_by()
            counted = dict(rows.values_list("result").annotate(Count("pk")))
            counts = {name: counted.get(name, 0) for name in Result.values}
            told = {name: getattr(run, name) for name in Result.values}
            if told == counts or run.state != Run.State.DONE:
                continue
            Run.objects.filter(pk=key).update(**counts)
            entry = Entry(
                action="repair",
                object_type="run",
                object_ref=str(key),
                reason="Its counts were not those of its rows; they are counted anew.",
                reason_code=Reason.CORRUPT,
                changes={"found": told, "counted": counts},
            )
            record([entry], actor=actor)
            mended += 1
    return mended
