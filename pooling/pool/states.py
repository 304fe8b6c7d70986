"""The states of an entry: column values, questions, and the audit of a transition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from assignment.audit import Actor, Entry, record
from assignment.enums import BookingState, PoolStatus
from assignment.expressions import Among
from assignment.models import Booking

OUT_OF_POOL: dict[str, Any] = {
    "pool_status": None,
    "pool_entry_time": None,
    "pool_deadline_time": None,
    "pool_processing_attempts": 0,
    "pool_lease_until": None,
    "pool_claimed_by": "",
    "pool_next_attempt_at": None,
    "pool_last_error": "",
}
NO_LEASE: dict[str, Any] = {"pool_lease_until": None, "pool_claimed_by": ""}
NOT_ESCALATED: dict[str, Any] = {
    "escalated_at": None,
    "escalation_code": "",
    "escalation_text": "",
}
TOLD = ("ref", "state", "escalated_at", "pool_status", "pool_processing_attempts", "pool_fence")
"""What ``audit`` tells of a booking."""
IN_ORDER = ("pool_deadline_time", "pool_entry_time", "ref")
"""The order in which ready entries are claimed."""
NOT_PROCESSING = Q(pool_status__isnull=True) | ~Q(pool_status=PoolStatus.PROCESSING)


def ungated() -> QuerySet[Booking]:
    """Return the bookings that the gate has not seen."""
    return Booking.objects.filter(
        state=BookingState.WAITING, pool_status__isnull=True, escalated_at__isnull=True
    )


def takeable(*, now: dt.datetime) -> QuerySet[Booking]:
    """Return the ready entries whose next attempt has come."""
    return Booking.objects.filter(
        Q(pool_next_attempt_at__isnull=True) | Q(pool_next_attempt_at__lte=now),
        pool_status=PoolStatus.READY,
    )


def state_of(booking: Booking) -> str:
    """Return the one state in which a booking is, as audit events and pages name it."""
    if booking.pool_status:
        return booking.pool_status
    if booking.escalated_at:
        return "escalated"
    return "ungated" if booking.state == BookingState.WAITING else booking.state


def locked(bookings: QuerySet[Booking], *, wait: bool = True) -> list[Booking]:
    """Return the rows, locked in ascending id; without waiting, those that can be locked now."""
    return list(bookings.select_for_update(of=("self",), skip_locked=not wait).order_by("pk"))


def those(rows: Sequence[Booking]) -> QuerySet[Booking]:
    """Return the rows as a queryset."""
    return Booking.objects.filter(Among("pk", [row.pk for row in rows]))


def audit(
    rows: Sequence[Booking],
    action: str,
    *,
    to: str,
    reason: str,
    actor: Actor,
    reason_code: str = "",
    operation_key: str = "",
    policy_version: int | None = None,
) -> None:
    """Write one event a row; call with the rows as they were before the transition."""
    record(
        (
            Entry(
                action=action,
                object_type="booking",
                object_ref=row.ref,
                reason=reason,
                reason_code=reason_code,
                from_state=state_of(row),
                to_state=to,
                attempt=row.pool_processing_attempts,
                fence=row.pool_fence,
                operation_key=operation_key,
                policy_version=policy_version,
            )
            for row in rows
        ),
        actor=actor,
    )
