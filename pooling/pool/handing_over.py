"""Into the pool from the pool of a legacy program, with its times and attempts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from assignment.audit import Actor, Entry, record
from assignment.enums import BookingState, PoolStatus
from assignment.models import Booking
from pooling.pool.states import OUT_OF_POOL, locked, state_of

HAND_OVER = "hand_over"
REASON = "Handed over from the legacy pool."


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """What an entry becomes; ``source`` is the legacy entry as it was read, for the audit."""

    booking_id: int
    status: PoolStatus
    entered: dt.datetime
    deadline: dt.datetime
    attempts: int
    source: Mapping[str, Any]


def can_be_handed_over(booking: Booking) -> bool:
    """Tell whether the booking waits and nobody works on it: not gated, pooled or failed."""
    return (
        booking.state == BookingState.WAITING
        and booking.escalated_at is None
        and booking.pool_status != PoolStatus.PROCESSING
    )


def hand_over(
    entries: Sequence[HandOver], *, actor: Actor, operation_key: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Write, in one transaction: put these bookings into the pool as they stood in another.

    Returns the ids that were written, and those of bookings that were decided, closed or
    moved before the deadline since they were looked at, which are left alone.
    """
    wanted = {entry.booking_id: entry for entry in entries}
    with transaction.atomic():
        rows = locked(Booking.objects.filter(pk__in=wanted))
        good = [
            row
            for row in rows
            if can_be_handed_over(row) and wanted[row.pk].deadline <= row.starts_at
        ]
        record((_event(row, wanted[row.pk], key=operation_key) for row in good), actor=actor)
        for row in good:
            Booking.objects.filter(pk=row.pk).update(**_columns(wanted[row.pk]))
    done = tuple(row.pk for row in good)
    return done, tuple(sorted(set(wanted) - set(done)))


def _columns(entry: HandOver) -> dict[str, Any]:
    return {
        **OUT_OF_POOL,
        "pool_status": entry.status,
        "pool_entry_time": entry.entered,
        "pool_deadline_time": entry.deadline,
        "pool_processing_attempts": entry.attempts,
        "pool_last_error": REASON if entry.status == PoolStatus.FAILED else "",
    }


def _event(row: Booking, entry: HandOver, *, key: str) -> Entry:
    return Entry(
        action=HAND_OVER,
        object_type="booking",
        object_ref=row.ref,
        reason=REASON,
        from_state=state_of(row),
        to_state=entry.status,
        attempt=entry.attempts,
        fence=row.pool_fence,
        changes={HAND_OVER: dict(entry.source)},
        operation_key=key,
    )
