"""Open rows of a run that nobody can decide any more, or not now."""

from __future__ import annotations

from collections import defaultdict

from django.utils import timezone

from assignment.audit import Actor
from assignment.enums import BookingState, PoolStatus, Result
from pooling import pool
from pooling.exactly import LOCKED, call_off, is_exact, untouched
from pooling.models import PlanRow, Run

AT_ONCE = 200

RESULT_OF_STATE = {
    PoolStatus.FAILED: Result.FAILED,
    "escalated": Result.ESCALATED,
    BookingState.APPROVED: Result.ASSIGNED,
}


def close_what_is_gone(run: Run) -> bool:
    """Write: close rows whose booking left the queue meanwhile; tell whether open ones remain.

    Of a plan that was shown only what the run itself ended in failure counts as that; all
    else was settled by somebody else and is stale.
    """
    open_rows = run.rows.filter(result="")
    held = (PoolStatus.READY, PoolStatus.PROCESSING)
    exact = is_exact(run)
    to_come = set(untouched(run).values_list("pk", flat=True)) if exact else set()
    gone: dict[tuple[str, str], list[int]] = defaultdict(list)
    not_held = open_rows.exclude(booking__pool_status__in=held)
    for row in not_held.select_related("booking").defer("record").order_by():
        if row.pk not in to_come:
            result: str = RESULT_OF_STATE.get(pool.state_of(row.booking), Result.POOLED)
            if exact and not (result == Result.FAILED and row.found_status):
                result = Result.POOLED
            gone[result, row.booking.pool_last_error].append(row.pk)
    for (result, error), ids in gone.items():
        # at most a chunk a call: the caller comes back while rows are open
        PlanRow.objects.filter(pk__in=ids[:AT_ONCE], result="").update(
            result=result,
            chosen=[],
            record=None,
            result_reason=error,
            stale=error[:200] or "Somebody else settled it before its turn came.",
            settled_at=timezone.now(),
        )
    return open_rows.exists()


def leave_what_is_locked(run: Run, *, actor: Actor) -> None:
    """Write: leave entries that a foreign transaction keeps locked as they are."""
    if is_exact(run):
        call_off(run, actor=actor)
    rows = run.rows.filter(result="")
    locked = rows.exclude(booking__pool_status=PoolStatus.PROCESSING)
    locked.update(
        result=Result.POOLED,
        chosen=[],
        record=None,
        stale=LOCKED,
        settled_at=timezone.now(),
    )
