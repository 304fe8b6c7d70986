"""What the board shows beside its numbers: the policy, signs of life, holds, drift."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from django.core.cache import cache
from django.db.models import Exists, Subquery

from assignment.ledger import Fairness, read_ledger, stand
from assignment.ledger_drift import DriftAlarm, drift_alarms
from assignment.models import Policy
from assignment.policies import values_to_show
from assignment.policy_values import PolicyValues
from monitoring.models import Heartbeat
from pooling.models import ClaimHold

DRIFT_SECONDS = 60


def policy_and_signs() -> tuple[PolicyValues, dt.datetime | None, bool]:
    """Return the policy in force, when a worker was last heard of, and whether claims are held.

    One query, and two for a version that is new here.
    """
    heard = Heartbeat.objects.order_by("-at").values("at")[:1]
    held = ClaimHold.objects.filter(lifted_at__isnull=True)
    rows = Policy.objects.annotate(worker_seen=Subquery(heard), on_hold=Exists(held))
    row = rows.order_by("-version")[0]
    return values_to_show(row), row.worker_seen, row.on_hold


def fairness_and_drift(
    *, now: dt.datetime, policy: PolicyValues
) -> tuple[Fairness, list[DriftAlarm]]:
    """Return how the hours stand, and the drift alarms, at most a minute old: they are reckoned
    over many awards.
    """
    since = now - dt.timedelta(days=policy.weighting.fairness_window_days)
    ledger = read_ledger(window_start=since, policy=policy)
    standing = stand(ledger)
    key = f"interpool.drift.{policy.id}"
    rows = cache.get(key)
    if rows is None:
        found = drift_alarms(
            ledger, deviations=standing.deviations, window_start=since, policy=policy
        )
        rows = [asdict(alarm) for alarm in found]
        cache.set(key, rows, DRIFT_SECONDS)
    return standing, [DriftAlarm(**row) for row in rows]
