"""Applying a plan that was shown: exactly it, or nothing of a row that went stale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from assignment.audit import Actor
from assignment.enums import PoolStatus, Result
from assignment.errors import RefusedError
from assignment.models import Booking
from pooling import pool, runs
from pooling.gate import gate
from pooling.models import Plan, PlanRow, Run

LEFT_OUT = "Left out by hand."


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The run of the plan, how many rows were applied, and the stale ones with their reasons."""

    run: Run
    applied: int
    stale: tuple[tuple[str, str], ...]


def apply_plan(
    plan: Plan, *, leave_out: Collection[int], now: dt.datetime, actor: Actor, reason: str
) -> Applied:
    """Write: execute a stored plan that was not applied yet, without the bookings left out.

    Each row is re-checked; a stale one is left as it is and named. A plan is applied once:
    asked again, the stored result is returned. Raises RefusedError for a plan that a run
    made for itself.
    """
    taken = Run.objects.select_related("operation").filter(plan=plan).first()
    if taken and taken.operation.kind != runs.APPLY_PLAN:
        raise RefusedError(f"Plan {plan.pk} belongs to run {taken.pk}, which applied it itself.")
    if not taken:
        _leave_out(plan, booking_ids=leave_out)
        _make_ready(plan, now=now, actor=actor, reason=reason)
    key = f"{runs.APPLY_PLAN}:{plan.pk}"
    order = runs.Order(kind=plan.kind, key=key, plan=plan, now=now, actor=actor, reason=reason)
    run = runs.execute(order).run
    rows = plan.rows.exclude(stale=LEFT_OUT).select_related("booking").order_by("booking__ref")
    stale = tuple((row.booking.ref, row.stale) for row in rows if row.stale)
    return Applied(run=run, applied=len(rows) - len(stale), stale=stale)


def _leave_out(plan: Plan, *, booking_ids: Collection[int]) -> None:
    PlanRow.objects.filter(plan=plan, booking_id__in=booking_ids, result="").update(
        result=Result.POOLED, stale=LEFT_OUT, record=None, settled_at=timezone.now()
    )


def _make_ready(plan: Plan, *, now: dt.datetime, actor: Actor, reason: str) -> None:
    """Bring the entries of the open rows to the queue; the gate first, for what it never saw."""
    ids = list(plan.rows.filter(result="").values_list("booking_id", flat=True))
    for start in range(0, len(ids), 1_000):
        part = ids[start : start + 1_000]
        gate(part, now=now, actor=actor)
        waiting = Booking.objects.filter(pk__in=part, pool_status=PoolStatus.WAITING)
        pool.try_now(waiting, actor=actor, reason=reason)
