"""How an entry can contradict itself: 2-rules, "Corrupt entry".

With the database's constraints in place most of this cannot be; where they were dropped or
bypassed it can, and then one such entry must not stop its neighbours.
"""

from __future__ import annotations

from django.db.models import F, Q

from assignment.enums import BookingState, PoolStatus
from assignment.models import Booking
from assignment.models.booking import IN_POOL

MOST_ATTEMPTS = 1_000

ENDS_BEFORE_START = IN_POOL & Q(ends_at__lte=F("starts_at"))
ATTEMPTS_OUT_OF_RANGE = IN_POOL & (
    Q(pool_processing_attempts__lt=0) | Q(pool_processing_attempts__gt=MOST_ATTEMPTS)
)
SETTLED = IN_POOL & (~Q(state=BookingState.WAITING) | Q(escalated_at__isnull=False))
STATUS_MISSING = Q(pool_status__isnull=True) & (
    Q(pool_entry_time__isnull=False)
    | Q(pool_deadline_time__isnull=False)
    | Q(pool_lease_until__isnull=False)
    | Q(pool_next_attempt_at__isnull=False)
    | ~Q(pool_processing_attempts=0)
    | ~Q(pool_claimed_by="")
)
DEADLINE_WRONG = IN_POOL & (
    Q(pool_deadline_time__isnull=True) | Q(pool_deadline_time__gt=F("starts_at"))
)
ENTRY_TIME_MISSING = IN_POOL & Q(pool_entry_time__isnull=True)
WITHOUT_LEASE = Q(pool_status=PoolStatus.PROCESSING) & (
    Q(pool_lease_until__isnull=True) | Q(pool_claimed_by="")
)
LEASE_LEFT_OVER = (
    IN_POOL
    & ~Q(pool_status=PoolStatus.PROCESSING)
    & (Q(pool_lease_until__isnull=False) | ~Q(pool_claimed_by=""))
)
ESCALATED_WITHOUT_REASON = Q(
    pool_status__isnull=True,
    escalated_at__isnull=False,
    escalation_code="",
    state=BookingState.WAITING,
)
ESCALATION_LEFT_OVER = Q(pool_status__isnull=True) & (
    Q(escalated_at__isnull=False) & ~Q(state=BookingState.WAITING)
    | Q(escalated_at__isnull=True) & ~Q(escalation_code="")
)

SOUND = Q(pool_status=PoolStatus.READY) & ~(SETTLED | ENDS_BEFORE_START | ATTEMPTS_OUT_OF_RANGE)
"""A ready entry that is neither settled nor hopeless."""


def hopeless(booking: Booking) -> str:
    """Return, in words, what makes an entry impossible to process; empty for all others."""
    if booking.ends_at <= booking.starts_at:
        return "It ends before it starts: correct its times."
    if not 0 <= booking.pool_processing_attempts <= MOST_ATTEMPTS:
        return f"It was claimed {booking.pool_processing_attempts} times, which cannot be."
    return ""


def is_settled(booking: Booking) -> bool:
    """Tell whether a pool entry is approved, closed or with a person already."""
    return booking.state != BookingState.WAITING or booking.escalated_at is not None
