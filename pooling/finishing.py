"""The end of a run: its results are counted by the database and stored, once."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count

from assignment.audit import Actor, Entry, record
from assignment.clock import database_now
from assignment.enums import Result
from assignment.ledger import fairness
from assignment.models import Operation
from assignment.policies import policy_values
from pooling.models import Plan, Run
from pooling.reports import system_load


def finish(run: Run, *, actor: Actor) -> None:
    """Write: count the results of a run with no open rows and close it, once."""
    counts: dict[str, int] = dict.fromkeys(Result.values, 0)
    counts |= dict(run.rows.order_by().values_list("result").annotate(Count("pk")))
    plan = Plan.objects.select_related("policy").get(run=run)
    standing = fairness(now=run.operation.business_now, policy=policy_values(plan.policy))
    result = {
        **counts,
        "fairness": {"before": plan.spread_before, "after": standing.spread},
        "system_load": system_load(people=len(standing.rows)),
    }
    with transaction.atomic():
        ended = database_now()
        done = Run.objects.filter(pk=run.pk, state=Run.State.APPLYING).update(
            state=Run.State.DONE,
            **counts,
            finished_at=ended,
            seconds=round((ended - run.started_at).total_seconds(), 3),
        )
        if done:
            operation = Operation.objects.filter(pk=run.operation_id)
            operation.update(result=result, finished_at=ended)
            text = ", ".join(f"{count} {name}" for name, count in counts.items())
            audit_run(run, "run_finish", reason=text, actor=actor, changes=counts)
    run.refresh_from_db()


def audit_run(
    run: Run, action: str, *, reason: str, actor: Actor, changes: dict[str, Any] | None = None
) -> None:
    """Write an audit event about a run."""
    entry = Entry(
        action=action,
        object_type="run",
        object_ref=str(run.pk),
        reason=reason,
        changes=changes or {},
        operation_key=run.operation.key,
    )
    record([entry], actor=actor)
