"""Which entries a sweep or a tick takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from assignment.enums import MeetingType, Mode, PoolStatus
from assignment.models import Booking
from assignment.policy_values import PolicyValues
from pooling import pool
from pooling.deadlines import deadline, is_due
from pooling.models import Plan, PlanRow, Run


def for_sweep(*, now: dt.datetime) -> QuerySet[Booking]:
    """Return everything due: the ready entries whose next attempt has come."""
    return pool.takeable(now=now).select_related("team")


def for_tick(*, now: dt.datetime, policy: PolicyValues) -> QuerySet[Booking]:
    """Return what a tick decides: everything due, but in BALANCE only what cannot wait.

    In BALANCE what became due waits for the daily joint sweep, for which the extra day of
    lead leaves room; what starts within the urgent threshold is decided by the tick. What a sweep
    has decided together and not settled yet is left to it, also when its process is gone: one by
    one it would become something else.
    """
    planned = PlanRow.objects.filter(
        booking=OuterRef("pk"),
        result="",
        plan__joint__isnull=False,
        plan__kind=Plan.Kind.SWEEP,
        plan__run__state=Run.State.APPLYING,
    )
    due = for_sweep(now=now).filter(~Exists(planned))
    if policy.mode != Mode.BALANCE:
        return due
    pressing = Q()
    for meeting_type in MeetingType.values:
        until = now + dt.timedelta(days=policy.days(meeting_type).urgent)
        pressing |= Q(meeting_type=meeting_type, starts_at__lte=until)
    return due.filter(pressing)


def for_look_ahead(*, now: dt.datetime, policy: PolicyValues) -> Iterator[Booking]:
    """Yield what is not due yet and starts within the general threshold of its type."""
    soon = Q()
    for meeting_type in MeetingType.values:
        until = now + dt.timedelta(days=policy.days(meeting_type).general)
        soon |= Q(meeting_type=meeting_type, starts_at__lte=until)
    waiting = Booking.objects.filter(
        soon, pool_status=PoolStatus.WAITING, pool_deadline_time__gt=now, starts_at__gt=now
    )
    for booking in waiting.select_related("team"):
        if not pool.hopeless(booking):
            yield booking


def for_entries(booking_ids: Sequence[int]) -> QuerySet[Booking]:
    """Return those of the entries that are ready, whatever their next attempt."""
    return Booking.objects.filter(
        pk__in=list(booking_ids), pool_status=PoolStatus.READY
    ).select_related("team")


def for_preview_of(booking_ids: Sequence[int]) -> QuerySet[Booking]:
    """Return those of the entries that wait or are ready, whatever deadline or next attempt."""
    return Booking.objects.filter(
        pk__in=list(booking_ids), pool_status__in=(PoolStatus.WAITING, PoolStatus.READY)
    ).select_related("team")


def for_preview(*, now: dt.datetime, policy: PolicyValues) -> Iterator[Booking]:
    """Yield what a sweep would take after gating and readying, with nothing written.

    Bookings that the gate has not seen get the deadline and entry time they would get.
    """
    yield from for_sweep(now=now)
    waiting = Booking.objects.filter(pool_status=PoolStatus.WAITING, pool_deadline_time__lte=now)
    yield from waiting.select_related("team")
    for booking in pool.ungated().select_related("team"):
        until = deadline(booking.starts_at, meeting_type=booking.meeting_type, policy=policy)
        if is_due(until, now=now):
            booking.pool_deadline_time, booking.pool_entry_time = until, now
            yield booking
