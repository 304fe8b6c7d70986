"""Bookings that are over become completed, with their assignments."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from assignment.audit import Actor
from assignment.engine.binding import end_assignments
from assignment.enums import AssignmentState, BookingState
from assignment.models import Booking
from pooling import pool

AFTER_END = dt.timedelta(minutes=10)
CHUNK = 500


def complete_past(*, now: dt.datetime, actor: Actor) -> int:
    """Write: complete approved bookings 10 minutes after their end; return how many."""
    over = Booking.objects.filter(state=BookingState.APPROVED, ends_at__lte=now - AFTER_END)
    ids = list(over.order_by("ends_at").values_list("pk", flat=True))
    count = 0
    for start in range(0, len(ids), CHUNK):
        part = over.filter(pk__in=ids[start : start + CHUNK])
        with transaction.atomic():
            end_assignments(part, state=AssignmentState.COMPLETED)
            closed = pool.close(
                part,
                state=BookingState.COMPLETED,
                actor=actor,
                action="complete",
                reason="The meeting is over.",
            )
        count += len(closed)
    return count
