"""Carrying out the plan of an absence: leave, then each booking to whom the plan says.

One run; a transaction for the leave and one for each chunk of bookings. A row that is no longer
true is left as it was and named. Killed, it is resumed.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from assignment.audit import Actor
from assignment.engine import binding
from assignment.enums import PresenceStatus, Result
from assignment.errors import RefusedError
from assignment.failures import outlasting
from assignment.models import Presence
from assignment.policies import policy_values
from assignment.sessions.presence import set_presence
from pooling import runs
from pooling.absence_chunk import Absence, give_away
from pooling.absence_leave import enter_leave
from pooling.finishing import finish
from pooling.models import Plan, PlanRow, Run

CHUNK = 200


def carry_out(order: runs.Order) -> Run:
    """Write: enter the leave and give the bookings away, once for a plan; return the run."""
    run = outlasting()(_begin, order)
    if run.state != Run.State.DONE:
        complete_absence(run, now=order.now, actor=order.actor)
    return run


def complete_absence(run: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: go on until no row is open, and close the run."""
    plan = Plan.objects.select_related("absent", "policy").get(run=run)
    if plan.absent is None:
        raise RefusedError(f"{plan} names nobody who is out.")
    absence = Absence(
        operation=run.operation,
        person=plan.absent,
        policy=policy_values(plan.policy),
        now=now,
        actor=actor,
    )
    _take_offline(plan, now=now, actor=actor)
    while ids := list(_open(run).order_by("place").values_list("pk", flat=True)[:CHUNK]):
        try:
            outlasting()(give_away, ids, absence=absence)
        except IntegrityError:
            for row_id in ids:
                _give_singly(row_id, absence=absence)
    outlasting()(finish, run, actor=actor)


def _begin(order: runs.Order) -> Run:
    """Write, in one transaction: the run with what is left out, and the leave."""
    plan = order.plan
    if not (plan and plan.absent and plan.absent_from and plan.absent_until):
        raise RefusedError("An absence is carried out from its plan: make a preview first.")
    with transaction.atomic():
        binding.lock_people([plan.absent.pk])
        run = runs.open_run(order)
        if run.state != Run.State.DONE:
            enter_leave(run, actor=order.actor)
    return run


def _take_offline(plan: Plan, *, now: dt.datetime, actor: Actor) -> None:
    """Write: whoever is out by now is no longer online for sessions; once for a plan."""
    began = plan.absent_from is not None and plan.absent_from <= now
    online = Presence.objects.filter(interpreter=plan.absent_id, status=PresenceStatus.ONLINE)
    if began and plan.absent_id and online.exists():
        key = f"presence:absence:{plan.pk}"
        set_presence(plan.absent_id, PresenceStatus.OFFLINE, now=now, actor=actor, key=key)


def _give_singly(row_id: int, *, absence: Absence) -> None:
    """Write: one row by itself; what the database refuses stays as it is."""
    try:
        outlasting()(give_away, [row_id], absence=absence)
    except IntegrityError:
        refused = {"result": Result.POOLED, "stale": "The database refused it.", "record": None}
        row = PlanRow.objects.filter(pk=row_id, result="")
        outlasting()(row.update, settled_at=timezone.now(), **refused)


def _open(run: Run) -> QuerySet[PlanRow]:
    return run.rows.filter(result="")
