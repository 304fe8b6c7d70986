"""One entry that a claim holds: locking it, and handing it to a person unfinished."""

from __future__ import annotations

from assignment.enums import Reason
from assignment.models import Booking
from pooling import pool
from pooling.chunk import Work
from pooling.models import PlanRow


def lock_held(row: PlanRow, *, token: str) -> Booking | None:
    """Return the entry, locked, or None when somebody else took over."""
    return pool.held(token, [row.booking_id]).select_for_update(of=("self",)).first()


def hand_over(booking: Booking, *, token: str, problem: str, work: Work) -> None:
    """Write: end the claim by giving a person what could not be brought to an end."""
    pool.settle_escalated(
        [pool.Escalation(booking=booking, code=Reason.ERRORS, text=problem)],
        token=token,
        now=work.now,
        actor=work.actor,
        operation_key=work.operation.key,
        policy_version=work.policy.version,
    )
