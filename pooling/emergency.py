"""The emergency override: everything in the pool is decided at once, most pressing first."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count

from assignment.audit import Actor, Entry, record
from assignment.engine.request import Request, RequestOrder
from assignment.enums import MeetingType, PoolStatus, Result
from assignment.errors import RefusedError
from assignment.models import AuditEvent, Booking
from assignment.policies import lock_policy
from assignment.policy_values import PolicyValues
from pooling import pool, runs
from pooling.models import Plan, PlanRow, Run
from pooling.planning import draft_plan, store_plan
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
    """The run and the bookings that were passed over because a worker held them."""

    report: RunReport
    skipped: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the keys of 3-interfaces: assigned + escalated + failed + skipped = total."""
        whole = self.report.as_json()
        late = [row for row in whole["entries"] if row["result"] == Result.POOLED]
        return {
            "run": whole["run"],
            "plan": whole["plan"],
            "total": whole["processed"] + len(self.skipped),
            "assigned": whole["assigned"],
            "escalated": whole["escalated"],
            "failed": whole["failed"],
            "skipped": len(late) + len(self.skipped),
            "seconds": whole["seconds"],
            "entries": whole["entries"],
        }


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


def process_emergency(*, now: dt.datetime, actor: Actor, reason: str, key: str) -> EmergencyReport:
    """Write: decide all waiting, ready and failed entries now, regardless of thresholds.

    Live claims are passed over and counted. What cannot be assigned is escalated with its
    reasons. The same key resumes a killed override, and answers a repeated click with the
    stored result. Raises RefusedError while another one runs, with who and since when.
    """
    order = runs.Order(
        kind=Plan.Kind.EMERGENCY,
        key=key,
        select=_everything_open,
        order=pressing_first(now),
        now=now,
        actor=actor,
        reason=reason,
    )
    with transaction.atomic():
        lock_policy()
        _refuse_second(key)
        run = runs.open_run(order)
        if not _started(key):
            _audit_start(run, actor=actor, reason=reason)
    if run.state == Run.State.PLANNING:
        pool.call_up(actor=actor, reason=reason, operation_key=key)
    done = runs.execute(order)
    report = report_of(done.run, repeated=done.repeated, now=now)
    return EmergencyReport(report=report, skipped=passed_over(done.run))


def running_override() -> Run | None:
    """Return the override that is not done yet, with its operation."""
    emergencies = Run.objects.filter(kind=Plan.Kind.EMERGENCY).select_related("operation")
    return emergencies.exclude(state=Run.State.DONE).first()


def passed_over(run: Run) -> tuple[str, ...]:
    """Return the refs that a worker held when the override began, and that it did not decide."""
    started = _started(run.operation.key)
    held = started[0]["skipped"] if started else []
    decided = PlanRow.objects.filter(plan__run=run, booking__ref__in=held)
    return tuple(sorted(set(held) - set(decided.values_list("booking__ref", flat=True))))


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
    entry = Entry(
        action="emergency",
        object_type="run",
        object_ref=str(run.pk),
        reason=reason,
        changes={"before": before, "skipped": list(held.values_list("ref", flat=True))},
        operation_key=run.operation.key,
    )
    record([entry], actor=actor)


def _started(key: str) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(action="emergency", operation_key=key)
    return list(events.values_list("changes", flat=True))
