"""The emergency override: everything in the pool is decided at once, most pressing first."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from assignment.audit import Actor, Entry, record
from assignment.engine.request import Request, RequestOrder
from assignment.enums import MeetingType, PoolStatus
from assignment.errors import RefusedError
from assignment.failures import outlasting
from assignment.models import AuditEvent, Booking
from assignment.operations import request_hash
from assignment.policies import lock_policy
from assignment.policy_values import PolicyValues
from pooling import pool, runs
from pooling.exactly import is_exact
from pooling.models import Plan, PlanRow, Run
from pooling.planning import draft_plan, store_plan
from pooling.plans import left_out, left_out_ids, stale_rows
from pooling.reports import RunReport, preview_of, report_of

HOURS_LEFT = ((0.0, 1000.0), (2.0, 800.0), (6.0, 600.0), (24.0, 400.0))
TYPE_BONUS = {
    MeetingType.DR: 200,
    MeetingType.VIP: 150,
    MeetingType.URGENT: 100,
    MeetingType.WEEKLY: 50,
}
OTHER_BONUS = 25
PER_ATTEMPT = 10
OPEN_STATES = (PoolStatus.WAITING, PoolStatus.READY, PoolStatus.FAILED)


@dataclass(frozen=True, kw_only=True)
class EmergencyReport:
    """The run, and by ref what it did not decide, and why.

    ``held``: a worker held it when the override began · ``left_out``: taken off by hand ·
    ``stale``: no longer as it was shown · ``came_since``: came after the preview, which did
    not show it; it is no part of the override and counts nowhere.
    """

    report: RunReport
    held: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    stale: tuple[tuple[str, str], ...] = ()
    came_since: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the keys of 3-interfaces: assigned + escalated + failed + skipped = total."""
        whole = self.report.as_json()
        return {
            "run": whole["run"],
            "plan": whole["plan"],
            "total": whole["processed"] + len(self.held),
            "assigned": whole["assigned"],
            "escalated": whole["escalated"],
            "failed": whole["failed"],
            "skipped": whole["pooled"] + len(self.held),
            "held": list(self.held),
            "left_out": list(self.left_out),
            "stale": [{"booking": ref, "reason": reason} for ref, reason in self.stale],
            "came_since": list(self.came_since),
            "seconds": whole["seconds"],
            "entries": whole["entries"],
        }

    def as_text(self) -> str:
        """Return the table that a person reads, with a line for each booking left as it was."""
        rows = [
            *((ref, "A worker held it when the override began.") for ref in self.held),
            *((ref, "Left out by hand.") for ref in self.left_out),
            *self.stale,
            *((ref, "It came after the preview: not touched.") for ref in self.came_since),
        ]
        return "\n".join([self.report.as_text(), *(f"{ref}  {why}" for ref, why in rows)])


def priority(
    *, deadline: dt.datetime | None, meeting_type: str, attempts: int, now: dt.datetime
) -> float:
    """Return how pressing an entry is: 2-rules, "Emergency override". More is sooner."""
    hours = (deadline - now).total_seconds() / 3600 if deadline else 0.0
    base = next((points for limit, points in HOURS_LEFT if hours <= limit), None)
    if base is None:
        base = max(0.0, 200 - hours)
    return base + TYPE_BONUS.get(MeetingType(meeting_type), OTHER_BONUS) - PER_ATTEMPT * attempts


def pressing_first(now: dt.datetime) -> RequestOrder:
    """Return the order of an emergency: priority, then ref."""

    def order(request: Request) -> tuple[float, str]:
        rank = priority(
            deadline=request.deadline,
            meeting_type=request.meeting_type,
            attempts=request.attempts,
            now=now,
        )
        return (-rank, request.ref)

    return order


def preview_emergency(*, now: dt.datetime) -> RunReport:
    """Write nothing but a plan: what the override would decide at this moment."""
    began = time.monotonic()
    draft = draft_plan(_everything_open, now=now, order=pressing_first(now))
    plan = store_plan(draft, kind=Plan.Kind.EMERGENCY, now=now)
    return preview_of(plan, now=now, seconds=time.monotonic() - began)


def process_emergency(
    *,
    now: dt.datetime,
    actor: Actor,
    reason: str,
    key: str,
    plan: Plan | None = None,
    leave_out: Collection[int] = (),
) -> EmergencyReport:
    """Write: decide all waiting, ready and failed entries now, regardless of thresholds.

    With a ``plan`` that somebody was shown exactly that plan is carried out, but for the
    bookings left out: each row is re-checked, a stale one is left as it was and named.
    Without one the override makes its own, and what goes stale meanwhile is decided again.
    Live claims are passed over and counted. What cannot be assigned is escalated with its
    reasons.

    The same key resumes a killed override, and answers a repeated click with the stored
    result. Raises RefusedError while another one runs, with who and since when, and while
    claiming is on hold, and ConflictError when the key was used for another request.
    """
    order = runs.Order(
        kind=Plan.Kind.EMERGENCY,
        key=key,
        select=_everything_open,
        plan=plan,
        leave_out=frozenset(leave_out),
        request=request_hash(about=str(plan or ""), ids=leave_out, reason=reason),
        order=pressing_first(now),
        now=now,
        actor=actor,
        reason=reason,
    )
    runs.require_claims(key)
    run = outlasting()(_open, order)
    if run.state == Run.State.PLANNING:
        outlasting()(pool.call_up, actor=actor, reason=reason, operation_key=key)
    done = runs.execute(order)
    return report_of_override(done.run, repeated=done.repeated, now=now)


def _open(order: runs.Order) -> Run:
    """Write: the run of the override with its audit event, unless another one runs."""
    with transaction.atomic():
        lock_policy()
        _refuse_second(order.key)
        run = runs.open_run(order)
        if not _started(order.key):
            _audit_start(run, actor=order.actor, reason=order.reason)
    return run


def resume_emergency(run: Run, *, now: dt.datetime, actor: Actor) -> EmergencyReport:
    """Write: go on with an override whose process was killed, as the same run."""
    return process_emergency(
        now=now,
        actor=actor,
        reason=run.operation.reason,
        key=run.operation.key,
        plan=run.plan if is_exact(run) else None,
        leave_out=left_out_ids(run),
    )


def report_of_override(run: Run, *, repeated: bool, now: dt.datetime) -> EmergencyReport:
    """Return what an override did, from what is stored."""
    return EmergencyReport(
        report=report_of(run, repeated=repeated, now=now),
        held=passed_over(run),
        left_out=left_out(run),
        stale=stale_rows(run) if is_exact(run) else (),
        came_since=came_since(run),
    )


def key_of_preview(plan: Plan) -> str:
    """Return the key of the override that carries out this preview: one, however often asked."""
    return f"emergency:plan {plan.pk}"


def newcomers(plan: Plan) -> QuerySet[Booking]:
    """Return the open entries that a preview does not show; those that workers hold apart."""
    shown = PlanRow.objects.filter(plan=plan).values("booking_id")
    return Booking.objects.filter(pool_status__in=OPEN_STATES).exclude(pk__in=shown).order_by("ref")


def running_override() -> Run | None:
    """Return the override that is not done yet, with its operation."""
    emergencies = Run.objects.filter(kind=Plan.Kind.EMERGENCY).select_related("operation")
    return emergencies.exclude(state=Run.State.DONE).first()


def passed_over(run: Run) -> tuple[str, ...]:
    """Return the refs that a worker held when the override began, and that it did not decide."""
    held = _begun(run).get("skipped", ())
    decided = run.rows.filter(booking__ref__in=held)
    return tuple(sorted(set(held) - set(decided.values_list("booking__ref", flat=True))))


def came_since(run: Run) -> tuple[str, ...]:
    """Return the refs of the open entries that the preview of an override did not show."""
    return tuple(_begun(run).get("came_since", ()))


def _everything_open(_: PolicyValues) -> list[Booking]:
    rows = Booking.objects.filter(pool_status__in=OPEN_STATES)
    return list(rows.select_related("team"))


def _refuse_second(key: str) -> None:
    running = running_override()
    if running and running.operation.key != key:
        raise RefusedError(
            f"An emergency override runs already, started by {running.operation.actor} at "
            f"{running.started_at:%Y-%m-%d %H:%M} UTC: wait for it to end."
        )


def _audit_start(run: Run, *, actor: Actor, reason: str) -> None:
    """Write who, why and the state before, in the transaction that opens the run."""
    pooled = Booking.objects.filter(pool_status__isnull=False).order_by()
    held = pooled.filter(pool_status=PoolStatus.PROCESSING).order_by("ref")
    before = dict(pooled.values_list("pool_status").annotate(Count("pk")))
    changes: dict[str, Any] = {
        "before": before,
        "skipped": list(held.values_list("ref", flat=True)),
    }
    if run.plan:
        changes["plan"] = run.plan.pk
        changes["came_since"] = list(newcomers(run.plan).values_list("ref", flat=True))
        changes["left_out"] = list(left_out(run))
    entry = Entry(
        action="emergency",
        object_type="run",
        object_ref=str(run.pk),
        reason=reason,
        changes=changes,
        operation_key=run.operation.key,
    )
    record([entry], actor=actor)


def _begun(run: Run) -> dict[str, Any]:
    """Return what stood when the override began."""
    started = _started(run.operation.key)
    return started[0] if started else {}


def _started(key: str) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(action="emergency", operation_key=key)
    return list(events.values_list("changes", flat=True))
