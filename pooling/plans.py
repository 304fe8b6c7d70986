"""Applying a plan that was shown: exactly it, or nothing of a row that went stale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from assignment.audit import Actor
from assignment.errors import RefusedError
from assignment.operations import request_hash
from pooling import runs
from pooling.absence_run import carry_out
from pooling.exactly import APPLY_PLAN, LEFT_OUT
from pooling.models import Plan, Run


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The run of the plan, how many rows were applied, and the stale ones with their reasons."""

    run: Run
    applied: int
    stale: tuple[tuple[str, str], ...]


def apply_plan(
    plan: Plan,
    *,
    leave_out: Collection[int],
    now: dt.datetime,
    actor: Actor,
    reason: str,
    key: str = "",
) -> Applied:
    """Write: execute a stored plan that was not applied yet, without the bookings left out.

    Each row is re-checked; a stale one is left as it is and named. A plan is applied once:
    asked again, the stored result is returned. ``key`` names the operation, by default after
    the plan. Raises RefusedError for a plan that a run
    made for itself, for that of an emergency and while claiming is on hold, and ConflictError
    when it was applied without other rows or for another reason.
    """
    if plan.kind == Plan.Kind.EMERGENCY:
        raise RefusedError(
            f"Plan {plan.pk} is the preview of an emergency override: carry it out as one."
        )
    taken = Run.objects.select_related("operation").filter(plan=plan).first()
    if taken and taken.operation.kind != APPLY_PLAN:
        raise RefusedError(f"Plan {plan.pk} belongs to run {taken.pk}, which applied it itself.")
    order = runs.Order(
        kind=plan.kind,
        key=taken.operation.key if taken else key or f"{APPLY_PLAN}:{plan.pk}",
        plan=plan,
        leave_out=frozenset(leave_out),
        request=request_hash(about=str(plan), ids=leave_out, reason=reason),
        now=now,
        actor=actor,
        reason=reason,
    )
    absent = plan.kind == Plan.Kind.ABSENCE
    run = carry_out(order) if absent else runs.execute(order).run
    stale = stale_rows(run)
    rows = plan.rows.exclude(stale=LEFT_OUT).count()
    return Applied(run=run, applied=rows - len(stale), stale=stale)


def stale_rows(run: Run) -> tuple[tuple[str, str], ...]:
    """Return (ref, reason) of what had gone stale when its turn came, by ref."""
    rows = run.rows.exclude(stale__in=("", LEFT_OUT))
    return tuple(rows.order_by("booking__ref").values_list("booking__ref", "stale"))


def left_out(run: Run) -> tuple[str, ...]:
    """Return the refs of the rows that a person took off the plan."""
    rows = run.rows.filter(stale=LEFT_OUT).order_by("booking__ref")
    return tuple(rows.values_list("booking__ref", flat=True))


def left_out_ids(run: Run) -> frozenset[int]:
    """Return the bookings that a person took off the plan."""
    rows = run.rows.filter(stale=LEFT_OUT)
    return frozenset(rows.values_list("booking_id", flat=True))
