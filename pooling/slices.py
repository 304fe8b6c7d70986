"""The named sets of bookings that people look at; a number and its list share one definition."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from assignment.enums import BookingState, Mode, PoolStatus
from assignment.models import Booking
from assignment.on_leave import bookings_on_leave

LABELS = {
    "pooled": "in the pool",
    "ungated": "not gated yet",
    "waiting": "waiting",
    "ready": "ready",
    "due": "due",
    "processing": "processing",
    "stuck": "stuck (lease ran out)",
    "overdue": "overdue",
    "failed": "failed",
    "escalated": "escalated",
    "on_leave": "interpreter on leave",
    "person": "needs a person",
    "outside": "outside the pool",
}
"""Every slice with its name for people, in the order of a booking's life."""

GRACE = dt.timedelta(hours=1)
DAILY_SWEEP = dt.timedelta(hours=24)


def overdue_grace(mode: str) -> dt.timedelta:
    """Return how long after its deadline an entry counts as overdue.

    In BALANCE what became due waits for the next daily sweep, so a day more is normal.
    """
    return DAILY_SWEEP + GRACE if mode == Mode.BALANCE else GRACE


def _late(*, since: dt.datetime) -> Q:
    """Return what was due by then already; what came in late was due when it came in."""
    was_due = Q(pool_deadline_time__lte=since, pool_entry_time__lte=since)
    return was_due & ~Q(pool_status=PoolStatus.FAILED)


def slice_filter(name: str, *, now: dt.datetime, mode: str) -> Q:
    """Return the condition on Booking of one slice; raises KeyError for an unknown name.

    That of what needs a person costs a query.
    """
    in_pool = Q(pool_status__isnull=False)
    escalated = Q(escalated_at__isnull=False)
    filters = {
        "pooled": in_pool,
        "ungated": Q(state=BookingState.WAITING, pool_status__isnull=True, escalated_at=None),
        "due": in_pool & Q(pool_deadline_time__lte=now) & ~Q(pool_status=PoolStatus.FAILED),
        "stuck": in_pool & Q(pool_status=PoolStatus.PROCESSING, pool_lease_until__lt=now),
        "overdue": in_pool & _late(since=now - overdue_grace(mode)),
        "escalated": escalated,
        "person": escalated | in_pool & Q(pool_status=PoolStatus.FAILED),
        "on_leave": Q(state=BookingState.APPROVED, pk__in=bookings_on_leave(now=now)),
        "outside": Q(pool_status__isnull=True),
    }
    for status in PoolStatus.values:
        filters[status] = in_pool & Q(pool_status=status)
    if name != "person":
        return filters[name]
    absent = Booking.objects.filter(filters["on_leave"]).order_by().values_list("pk", flat=True)
    return filters[name] | Q(pk__in=list(absent))  # ids: so each part of it keeps its index
