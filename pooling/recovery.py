"""Runs whose process is gone are brought to their end by the next tick."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from assignment.audit import Actor
from assignment.clock import database_now
from assignment.policies import current_policy
from pooling import runs
from pooling.absence_run import complete_absence
from pooling.models import ClaimHold, Plan, Run
from pooling.sweep import sweep
from pooling.undo import complete_undo

OPEN = (Run.State.PLANNING, Run.State.APPLYING)
CLAIM_NOTHING = (Plan.Kind.UNDO, Plan.Kind.REDO, Plan.Kind.ABSENCE)
"""Kinds of runs that a hold does not stop."""


def finish_abandoned(*, now: dt.datetime, actor: Actor) -> int:
    """Write: finish runs that have stood open for more than two leases; return how many.

    A run during which a hold was lifted is not waited for: the hold has stopped its process.
    A planned run is completed; should its process live after all, the two share what is
    left. A sweep that died while planning is planned anew; any other run that did is
    closed, for its entries are ready and this very tick takes them. Runs of a kind or state
    that only a newer version knows are left to it.
    """
    moment = database_now()
    quiet = moment - 2 * dt.timedelta(seconds=settings.POOL_LEASE_SECONDS)
    unled = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    lifted = Exists(ClaimHold.objects.filter(lifted_at__gte=OuterRef("started_at")))
    stopped = lifted & ~Q(kind__in=CLAIM_NOTHING)
    abandoned = Run.objects.filter(
        unled, Q(started_at__lt=quiet) | stopped, state__in=OPEN, kind__in=Plan.Kind.values
    )
    count = 0
    for run in abandoned.select_related("operation").order_by("pk"):
        if run.kind in (Plan.Kind.UNDO, Plan.Kind.REDO):
            complete_undo(run, now=now, actor=actor)
        elif run.kind == Plan.Kind.ABSENCE:
            complete_absence(run, now=now, actor=actor)
        elif run.state == Run.State.APPLYING:
            runs.complete(run, now=now, actor=actor)
        elif run.kind == Plan.Kind.SWEEP:
            sweep(now=now, slot=run.slot, actor=actor)
        else:
            _close_unplanned(run, actor=actor)
        count += 1
    return count


def _close_unplanned(run: Run, *, actor: Actor) -> None:
    """Write: give the run an empty plan, so that it ends like any other."""
    now = run.operation.business_now
    with transaction.atomic():
        plan = Plan.objects.create(kind=run.kind, policy_id=current_policy().id, business_now=now)
        planning = Run.objects.filter(pk=run.pk, state=Run.State.PLANNING)
        if not planning.update(plan=plan, state=Run.State.APPLYING):
            transaction.set_rollback(True)
            return
    run.refresh_from_db()
    runs.complete(run, now=now, actor=actor)
