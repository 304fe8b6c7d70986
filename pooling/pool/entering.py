"""Into the pool, and back to its door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F, Q, QuerySet

from assignment.audit import Actor
from assignment.enums import BookingState, PoolStatus
from assignment.expressions import Among
from assignment.models import Booking
from pooling.models import CureOffer
from pooling.pool.states import (
    NOT_ESCALATED,
    NOT_PROCESSING,
    OUT_OF_POOL,
    audit,
    locked,
    those,
    ungated,
)

CHUNK = 1_000


def add(
    bookings: Sequence[Booking],
    *,
    lead: dt.timedelta,
    status: PoolStatus,
    now: dt.datetime,
    actor: Actor,
    policy_version: int,
) -> None:
    """Write: put these locked, ungated bookings of one lead into the pool."""
    ungated().filter(Among("pk", (booking.pk for booking in bookings))).update(
        **{
            **OUT_OF_POOL,
            "pool_status": status,
            "pool_entry_time": now,
            "pool_deadline_time": F("starts_at") - lead,
        }
    )
    due = status == PoolStatus.READY
    audit(
        bookings,
        "gate",
        to=status,
        reason="Due: to be decided at once." if due else "Waits for its deadline.",
        actor=actor,
        policy_version=policy_version,
    )


def make_ready(*, now: dt.datetime, actor: Actor) -> int:
    """Write: turn waiting entries whose deadline has come into ready ones; return how many.

    One transaction a chunk of 1,000, the earliest deadlines first. An entry that somebody
    else has locked is left to the next call.
    """
    due = Booking.objects.filter(pool_status=PoolStatus.WAITING, pool_deadline_time__lte=now)
    count = 0
    while ids := list(due.order_by("pool_deadline_time").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            rows = locked(due.filter(pk__in=ids), wait=False)
            those(rows).update(pool_status=PoolStatus.READY)
            audit(rows, "due", to=PoolStatus.READY, reason="The deadline has come.", actor=actor)
        if not rows:
            break
        count += len(rows)
    return count


def try_now(bookings: QuerySet[Booking], *, actor: Actor, reason: str) -> list[int]:
    """Write: make waiting and ready entries ready, whatever their deadline; return ids."""
    with transaction.atomic():
        rows = locked(bookings.filter(pool_status__in=(PoolStatus.WAITING, PoolStatus.READY)))
        those(rows).update(pool_status=PoolStatus.READY, pool_next_attempt_at=None)
        audit(rows, "process_now", to=PoolStatus.READY, reason=reason, actor=actor)
    return [row.pk for row in rows]


def call_up(*, actor: Actor, reason: str, operation_key: str) -> int:
    """Write: make everything that waits, is ready or failed ready at once; return how many.

    Attempts stay as they are. One transaction a chunk of 1,000.
    """
    open_entries = Booking.objects.filter(
        Q(pool_status__in=(PoolStatus.WAITING, PoolStatus.FAILED))
        | Q(pool_status=PoolStatus.READY, pool_next_attempt_at__isnull=False)
    )
    count = 0
    while ids := list(open_entries.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            rows = locked(open_entries.filter(pk__in=ids))
            those(rows).update(pool_status=PoolStatus.READY, pool_next_attempt_at=None)
            audit(
                rows,
                "call_up",
                to=PoolStatus.READY,
                reason=reason,
                actor=actor,
                operation_key=operation_key,
            )
        count += len(rows)
    return count


def call_up_these(
    bookings: QuerySet[Booking],
    *,
    states: Collection[str],
    actor: Actor,
    reason: str,
    operation_key: str,
) -> list[Booking]:
    """Write: make entries in one of these states ready; return them as they were found.

    Their backoff and attempts stay. One that somebody else has locked is left alone. Call
    inside the transaction that notes how they were found.
    """
    rows = locked(bookings.filter(pool_status__in=states), wait=False)
    moved = [row for row in rows if row.pool_status != PoolStatus.READY]
    those(moved).update(pool_status=PoolStatus.READY)
    audit(
        moved,
        "call_up",
        to=PoolStatus.READY,
        reason=reason,
        actor=actor,
        operation_key=operation_key,
    )
    return rows


def call_off(
    bookings: QuerySet[Booking], *, to: PoolStatus, actor: Actor, reason: str, operation_key: str
) -> list[int]:
    """Write: bring ready entries that were called up back to how they were; return ids.

    One that somebody else has locked stays ready.
    """
    with transaction.atomic():
        rows = locked(bookings.filter(pool_status=PoolStatus.READY), wait=False)
        those(rows).update(pool_status=to)
        audit(rows, "call_off", to=to, reason=reason, actor=actor, operation_key=operation_key)
    return [row.pk for row in rows]


def put_back(bookings: QuerySet[Booking], *, actor: Actor, action: str, reason: str) -> list[int]:
    """Write: take failed, escalated or pooled bookings back to "not gated yet"; return ids.

    Attempts start anew; the gate decides what comes next. Entries being processed, and
    bookings that are not gated or not waiting, are left alone.
    """
    gated = Q(pool_status__isnull=False) | Q(escalated_at__isnull=False)
    with transaction.atomic():
        rows = locked(bookings.filter(NOT_PROCESSING, gated, state=BookingState.WAITING))
        those(rows).update(**OUT_OF_POOL, **NOT_ESCALATED)
        CureOffer.objects.filter(booking__in=rows).delete()
        audit(rows, action, to="ungated", reason=reason, actor=actor)
    return [row.pk for row in rows]
