"""Applies a plan chunk by chunk: claim, re-check every fact, bind, settle.

The claim is a transaction of its own, so that attempts are counted even when the worker
dies. All effects of a chunk - assignments, decisions, audit events, pool states, plan
rows - are the second transaction: all or nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from django.db import connection, transaction
from django.utils import timezone

from assignment import stopping
from assignment.collecting import at_rest
from assignment.enums import Result
from assignment.errors import LeaseLostError
from assignment.expressions import Among
from assignment.failures import DATABASE_ERRORS, classify, outlasting
from assignment.models import Booking, Roster
from pooling import pool
from pooling.chunk import Work, apply_chunk
from pooling.exactly import BUSY, UNEXPECTED, leave_unfounded, settle_singly
from pooling.held import hand_over, lock_held
from pooling.models import PlanRow
from pooling.planning import draft_plan

log = logging.getLogger(__name__)

OUTAGE = "The database could not be worked with."
STOPPED = "Its worker was told to end."


def apply_rows(rows: Sequence[PlanRow], *, token: str, work: Work) -> None:
    """Write: bring the held entries of these rows to a result, whatever happens to one of them.

    All together first; what the database or a stale fact refuses is decided again, singly.
    When the database itself fails for longer than we wait, the entries are given back, if
    that can still be said, with no attempt charged; then the error is raised.
    """
    began = time.monotonic()
    try:
        with at_rest():
            _bring_to_an_end(rows, token=token, work=work)
    except LeaseLostError:
        log.warning("lease lost; its entries are left to who took over")
        return
    except DATABASE_ERRORS as error:
        if classify(error).outage:
            if not connection.in_atomic_block:
                connection.close()
            _give_back(rows, token=token, reason=OUTAGE, work=work)
        raise
    share = round((time.monotonic() - began) / max(len(rows), 1), 6)
    mine = PlanRow.objects.filter(Among("pk", [row.pk for row in rows]))
    outlasting()(mine.update, seconds=share)


def _bring_to_an_end(rows: Sequence[PlanRow], *, token: str, work: Work) -> None:
    if work.exactly:
        rows = leave_unfounded(rows, token=token, work=work)
    try:
        stale = outlasting()(apply_chunk, rows, token=token, work=work)
    except LeaseLostError:
        raise
    except Exception as error:
        if classify(error).outage:
            raise
        log.warning("a chunk failed, its entries go singly: %s", type(error).__name__)
        stale = list(rows)
    for place, row in enumerate(stale):
        if stopping.is_asked():
            _give_back(stale[place:], token=token, reason=STOPPED, work=work)
            return
        outlasting()(pool.renew, token)
        if work.exactly:
            settle_singly(row, token=token, work=work)
        else:
            _apply_singly(row, token=token, work=work)


def _give_back(rows: Sequence[PlanRow], *, token: str, reason: str, work: Work) -> None:
    """Write, if the database lets us: free what is still held; it was not the entries' fault."""
    with suppress(*DATABASE_ERRORS), transaction.atomic():
        ids = [row.booking_id for row in rows]
        held = list(pool.held(token, ids).order_by("pk").select_for_update(of=("self",)))
        pool.unclaim(held, token=token, reason=reason, actor=work.actor)


def _apply_singly(row: PlanRow, *, token: str, work: Work) -> None:
    """Write: decide one entry anew on fresh facts and bind it; after three tries release it.

    No attempt is charged when it was the database's fault.
    """
    row.stale = row.stale or "The database refused the planned choice."
    problem, charged = row.stale, True
    try:
        for pause in work.pauses:
            time.sleep(pause)
            fresh = outlasting()(_decide_anew, row, work=work)
            if fresh is None:
                return
            if not outlasting()(apply_chunk, [fresh], token=token, work=work):
                return
            problem = fresh.stale
    except LeaseLostError:
        return
    except Exception as error:
        found = classify(error)
        if found.outage:
            raise
        log.exception("processing of one entry failed")
        problem, charged = UNEXPECTED if found.charged else BUSY, found.charged
    outlasting()(_release, row, token=token, problem=problem, charged=charged, work=work)


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


def _release(row: PlanRow, *, token: str, problem: str, charged: bool, work: Work) -> None:
    with transaction.atomic():
        booking = lock_held(row, token=token)
        if booking is None:
            return
        if work.emergency:
            hand_over(booking, token=token, problem=problem, work=work)
            to = "escalated"
        elif not charged:
            pool.unclaim([booking], token=token, reason=problem, actor=work.actor)
            to = "ready"
        else:
            to = pool.release(booking, token=token, error=problem, now=work.now, actor=work.actor)
        result = {"ready": Result.POOLED, "escalated": Result.ESCALATED, "failed": Result.FAILED}
        PlanRow.objects.filter(pk=row.pk).update(
            result=result[to], result_reason=problem, record=None, settled_at=timezone.now()
        )
