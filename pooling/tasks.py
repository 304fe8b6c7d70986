"""What django-q2 calls: ids in, one verb, counts out. A message is only a hint to look."""

from __future__ import annotations

from django.utils import timezone

from assignment.audit import SCHEDULE, new_correlation_id
from assignment.stopping import StoppedError
from pooling import sweep as sweeping
from pooling import tick as ticking
from pooling.holds import ClaimHoldError

ON_HOLD = {"processed": 0, "on_hold": 1}
"""What a task answers while claiming is on hold; the dashboard says why."""
STOPPED = {"processed": 0, "stopped": 1}
"""What it answers when its worker was told to end; the next tick goes on with its run."""


def sweep() -> dict[str, int]:
    """Do the latest daily slot when it has no finished sweep; return its counts."""
    new_correlation_id()
    try:
        report = sweeping.sweep_if_missed(now=timezone.now(), actor=SCHEDULE)
    except ClaimHoldError:
        return ON_HOLD
    except StoppedError:
        return STOPPED
    return {"processed": len(report.entries) if report else 0}


def carry_on_sweep(slot: str) -> dict[str, int]:
    """Carry out a sweep that somebody started by hand; return its counts.

    One that meets a hold stays open: the first tick after the hold goes on with it.
    """
    new_correlation_id()
    try:
        report = sweeping.carry_on(slot, now=timezone.now())
    except ClaimHoldError:
        return ON_HOLD
    except StoppedError:
        return STOPPED
    return {"processed": len(report.entries)}


def tick() -> dict[str, int]:
    """Bring the pool up to date; return the counts."""
    new_correlation_id()
    try:
        report = ticking.tick(now=timezone.now(), actor=SCHEDULE)
    except ClaimHoldError:
        return ON_HOLD
    except StoppedError:
        return STOPPED
    return {"processed": len(report.entries), **report.steps}
