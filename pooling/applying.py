"""Applies a plan chunk by chunk: claim, re-check every fact, bind, settle.

The claim is a transaction of its own, so that attempts are counted even when the worker
dies. All effects of a chunk - assignments, decisions, audit events, pool states, plan
rows - are the second transaction: all or nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.db import DatabaseError, transaction
from django.utils import timezone

from assignment.enums import Reason, Result
from assignment.errors import LeaseLostError
from assignment.failures import retrying
from assignment.models import Booking, Roster
from pooling import pool
from pooling.chunk import Work, apply_chunk
from pooling.models import PlanRow
from pooling.planning import draft_plan

log = logging.getLogger(__name__)


def apply_rows(rows: Sequence[PlanRow], *, token: str, work: Work) -> None:
    """Write: bring the held entries of these rows to a result, whatever happens to one of them.

    All together first; what the database or a stale fact refuses is decided again, singly.
    """
    began = time.monotonic()
    try:
        stale = retrying()(apply_chunk, rows, token=token, work=work)
    except LeaseLostError:
        log.warning("lease lost; its entries are left to who took over")
        return
    except Exception as error:
        log.warning("a chunk failed, its entries go singly: %s", type(error).__name__)
        stale = list(rows)
    for row in stale:
        pool.renew(token)
        if work.exactly:
            _leave_alone(row, token=token, work=work)
        else:
            _apply_singly(row, token=token, work=work)
    share = round((time.monotonic() - began) / max(len(rows), 1), 6)
    PlanRow.objects.filter(pk__in=[row.pk for row in rows]).update(seconds=share)


def _apply_singly(row: PlanRow, *, token: str, work: Work) -> None:
    """Write: decide one entry anew on fresh facts and bind it; after three tries release it."""
    row.stale = row.stale or "The database refused the planned choice."
    problem = row.stale
    try:
        for pause in work.pauses:
            time.sleep(pause)
            fresh = _decide_anew(row, work=work)
            if fresh is None:
                return
            if not retrying()(apply_chunk, [fresh], token=token, work=work):
                return
            problem = fresh.stale
    except LeaseLostError:
        return
    except Exception:
        log.exception("processing of one entry failed")
        problem = "Processing failed unexpectedly; the log has the details."
    _release(row, token=token, problem=problem, work=work)


def _leave_alone(row: PlanRow, *, token: str, work: Work) -> None:
    """Write: try the planned choice once by itself; when it is stale, give the entry back."""
    try:
        stale = retrying()(apply_chunk, [row], token=token, work=work)
        problem = stale[0].stale if stale else ""
    except DatabaseError:
        problem = "The database refused it."
    if not problem:
        return
    with transaction.atomic():
        booking = _lock_held(row, token=token)
        if booking:
            pool.unclaim([booking], token=token, reason=problem, actor=work.actor)
        PlanRow.objects.filter(pk=row.pk, result="").update(
            result=Result.POOLED,
            result_reason=problem,
            stale=problem[:200],
            record=None,
            settled_at=timezone.now(),
        )


def _decide_anew(row: PlanRow, *, work: Work) -> PlanRow | None:
    """Return the plan row with a fresh choice, or None when the booking is gone."""
    only = Booking.objects.filter(pk=row.booking_id).select_related("team")
    draft = draft_plan(lambda _: only, now=work.now, policy=work.policy)
    if not draft.rows:
        return None
    Roster.objects.bulk_create(draft.rosters, ignore_conflicts=True)
    fresh = draft.rows[0]
    fresh.pk, fresh.stale = row.pk, row.stale
    return fresh


def _release(row: PlanRow, *, token: str, problem: str, work: Work) -> None:
    with transaction.atomic():
        booking = _lock_held(row, token=token)
        if booking is None:
            return
        if work.emergency:
            to = _escalate_unfinished(booking, token=token, problem=problem, work=work)
        else:
            to = pool.release(booking, token=token, error=problem, now=work.now, actor=work.actor)
        result = {"ready": Result.POOLED, "escalated": Result.ESCALATED, "failed": Result.FAILED}
        PlanRow.objects.filter(pk=row.pk).update(
            result=result[to], result_reason=problem, record=None, settled_at=timezone.now()
        )


def _lock_held(row: PlanRow, *, token: str) -> Booking | None:
    """Return the entry, locked, or None when somebody else took over."""
    return pool.held(token, [row.booking_id]).select_for_update(of=("self",)).first()


def _escalate_unfinished(booking: Booking, *, token: str, problem: str, work: Work) -> str:
    pool.settle_escalated(
        [pool.Escalation(booking=booking, code=Reason.ERRORS, text=problem)],
        token=token,
        now=work.now,
        actor=work.actor,
        operation_key=work.operation.key,
        policy_version=work.policy.version,
    )
    return "escalated"
