"""The leave that an absence enters, its undo takes back, and the undo of that enters again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from assignment.audit import Actor, Entry, record
from assignment.availability import note_available
from assignment.models import AuditEvent, Leave
from pooling.models import Plan, Run
from pooling.undo_checks import UNDO

ENTERED_BEFORE = "It had been entered before."
CHANGED = "It was changed or removed since."
AGAIN = "It was entered again since."
ADDED, DELETED = "added", "deleted"


def enter_leave(run: Run, *, actor: Actor) -> None:
    """Write, under the lock of the person: the leave of the run's plan, unless it is there."""
    plan = _plan_of(run)
    leave, is_new = Leave.objects.get_or_create(
        **_values(plan), defaults={"reason": run.operation.reason[:200]}
    )
    if is_new:
        _record(leave, ADDED, run=run, actor=actor)


def take_leave_back(undo: Run, *, actor: Actor) -> None:
    """Write, under the lock of the person: the leave goes; the person can do more again."""
    for leave in _same(_plan_of(undo))[:1]:
        _record(leave, DELETED, run=undo, actor=actor)
        span = (leave.interpreter_id, leave.starts_at, leave.ends_at)
        note_available([span], reason="Their absence was undone.")
        leave.delete()


def why_leave_stays(run: Run) -> str | None:
    """Return why an undo of the run leaves the leave as it is.

    Empty: it does not; the leave is taken back or, by the undo of an undo, entered again.
    None: the run has nothing to do with leave.
    """
    plan = run.plan
    if plan is None or not run.is_of_absence:
        return None
    if run.kind == Plan.Kind.UNDO:
        if not changed_leave(run):
            return None
        return AGAIN if _same(plan).exists() else ""
    if not changed_leave(run):
        return ENTERED_BEFORE
    if not _as_entered(plan, run=run).exists():
        return CHANGED
    other = _relying(plan, but=run)
    return f"Run {other.pk} relies on it." if other else ""


def leave_after(run: Run, *, undo: Run) -> str | None:
    """Return, once an undo has begun, why the leave stayed; empty when it did not."""
    if run.plan is None or not run.is_of_absence or changed_leave(undo):
        return "" if run.is_of_absence else None
    return why_leave_stays(run)


def changed_leave(run: Run) -> bool:
    """Tell whether the run itself entered leave, or took it back."""
    events = AuditEvent.objects.filter(operation_key=run.operation.key)
    return events.filter(object_type="interpreter", action="interpreter_changed").exists()


def _relying(plan: Plan, *, but: Run) -> Run | None:
    """Return another run of the same absence that was not taken back."""
    others = Run.objects.filter(
        kind=Plan.Kind.ABSENCE,
        plan__absent=plan.absent_id,
        plan__absent_from=plan.absent_from,
        plan__absent_until=plan.absent_until,
    )
    for other in others.exclude(pk=but.pk).order_by("pk"):
        if not Run.objects.filter(operation__key=f"{UNDO}:{other.pk}").exists():
            return other
    return None


def _same(plan: Plan) -> QuerySet[Leave]:
    return Leave.objects.filter(**_values(plan))


def _values(plan: Plan) -> dict[str, Any]:
    return {
        "interpreter": plan.absent,
        "starts_at": plan.absent_from,
        "ends_at": plan.absent_until,
    }


def _as_entered(plan: Plan, *, run: Run) -> QuerySet[Leave]:
    return _same(plan).filter(reason=run.operation.reason[:200])


def _plan_of(run: Run) -> Plan:
    return Plan.objects.select_related("absent").get(run=run)


def _record(leave: Leave, what: str, *, run: Run, actor: Actor) -> None:
    entry = Entry(
        action="interpreter_changed",
        object_type="interpreter",
        object_ref=leave.interpreter.ref,
        reason=run.operation.reason,
        changes={"leave": {what: [str(leave)]}},
        operation_key=run.operation.key,
    )
    record([entry], actor=actor)
