"""The outcome of a booking as ``explain`` names it."""

from __future__ import annotations

from assignment.enums import BookingState, Outcome, PoolStatus, Result
from assignment.models import Booking, Decision

LIVE = {Outcome.ASSIGN: Result.ASSIGNED, Outcome.STOP: Result.ESCALATED}


def outcome_of(booking: Booking, decision: Decision | None, *, live: bool) -> str:
    """Return assigned, escalated, pooled, failed or none; ``live``: what it would become."""
    if live:
        return LIVE.get(Outcome(decision.outcome), Result.FAILED) if decision else "none"
    if booking.pool_status == PoolStatus.FAILED:
        return Result.FAILED
    if booking.pool_status:
        return Result.POOLED
    if booking.escalated_at:
        return Result.ESCALATED
    done = (BookingState.APPROVED, BookingState.COMPLETED)
    return Result.ASSIGNED if booking.state in done else "none"
