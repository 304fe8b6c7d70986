"""What staff do with single entries by hand: retry, release, escalate.

Each verb changes only rows in a state that allows it, leaves all others alone, and returns
how many really changed. The reason stands in the audit event of each row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from assignment.audit import Actor
from assignment.enums import BookingState, PoolStatus, Reason
from assignment.models import Booking
from pooling import pool
from pooling.gate import gate

FAILED = Q(pool_status__isnull=False, pool_status=PoolStatus.FAILED)
PROCESSING = Q(pool_status__isnull=False, pool_status=PoolStatus.PROCESSING)
RETRYABLE = Q(state=BookingState.WAITING) & (Q(escalated_at__isnull=False) | FAILED)
RELEASABLE = PROCESSING
ESCALATABLE = Q(state=BookingState.WAITING, escalated_at__isnull=True) & (
    Q(pool_status__isnull=True) | ~Q(pool_status=PoolStatus.PROCESSING)
)


def retry(booking_ids: Iterable[int], *, now: dt.datetime, actor: Actor, reason: str) -> int:
    """Write: send failed and escalated bookings through the gate again, attempts anew."""
    with transaction.atomic():
        chosen = Booking.objects.filter(RETRYABLE, pk__in=list(booking_ids))
        ids = pool.put_back(chosen, actor=actor, action="retry", reason=reason)
        gate(ids, now=now, actor=actor)
    return len(ids)


def release(booking_ids: Iterable[int], *, now: dt.datetime, actor: Actor, reason: str) -> int:
    """Write: take entries back from the worker that holds them, uncharged.

    The worker's token no longer counts, so that it cannot finish them any more.
    """
    with transaction.atomic():
        chosen = Booking.objects.filter(RELEASABLE, pk__in=list(booking_ids))
        rows = list(chosen.select_for_update().order_by("pk"))
        for row in rows:
            pool.unclaim([row], token=row.pool_claimed_by, reason=reason, actor=actor)
    return len(rows)


def escalate(booking_ids: Iterable[int], *, now: dt.datetime, actor: Actor, reason: str) -> int:
    """Write: hand bookings that nobody is processing to a person."""
    chosen = Booking.objects.filter(ESCALATABLE, pk__in=list(booking_ids))
    return len(pool.escalate(chosen, code=Reason.BY_HAND, text=reason, now=now, actor=actor))
