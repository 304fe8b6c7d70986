"""The numbers of the pool as they are now; each one counts rows that a list can show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min

from assignment.enums import PoolStatus
from assignment.models import Booking
from assignment.policies import current_policy
from assignment.snapshot import read_snapshot
from pooling import holds, pool
from pooling.models import Run
from pooling.timing import next_sweep


@dataclass(frozen=True, kw_only=True)
class PoolNumbers:
    """Counts of bookings by pool state, the next deadline, runs, errors, why claims are held."""

    mode: str
    total: int
    ungated: int
    waiting: int
    ready: int
    processing: int
    failed: int
    escalated: int
    due: int
    oldest_entry: dt.datetime | None
    next_deadline: dt.datetime | None
    is_running: bool
    last_run: dict[str, Any] | None
    next_run: dt.datetime
    last_errors: tuple[dict[str, Any], ...]
    on_hold: tuple[str, ...]


def pool_status(*, now: dt.datetime) -> PoolNumbers:
    """Return the numbers of one moment; ``due``: deadline reached, not settled yet."""
    with read_snapshot():
        pooled = Booking.objects.filter(pool_status__isnull=False).order_by()
        counts = dict(pooled.values_list("pool_status").annotate(Count("pk")))
        due = pooled.filter(pool_deadline_time__lte=now).exclude(pool_status=PoolStatus.FAILED)
        open_entries = pooled.filter(
            pool_status__in=(PoolStatus.WAITING, PoolStatus.READY), pool_deadline_time__gt=now
        )
        return PoolNumbers(
            mode=current_policy().mode,
            total=sum(counts.values()),
            ungated=pool.ungated().count(),
            **{status: counts.get(status, 0) for status in PoolStatus.values},
            escalated=Booking.objects.filter(escalated_at__isnull=False).count(),
            due=due.count(),
            oldest_entry=pooled.aggregate(oldest=Min("pool_entry_time"))["oldest"],
            next_deadline=open_entries.aggregate(next=Min("pool_deadline_time"))["next"],
            is_running=Run.objects.exclude(state=Run.State.DONE).exists(),
            last_run=_last_run(),
            next_run=next_sweep(now),
            last_errors=_last_errors(),
            on_hold=tuple(holds.sentence(hold) for hold in holds.standing()),
        )


def _last_run() -> dict[str, Any] | None:
    run = Run.objects.filter(state=Run.State.DONE).order_by("-pk").first()
    if run is None:
        return None
    counts = {name: getattr(run, name) for name in ("assigned", "escalated", "failed", "pooled")}
    return {"run": run.pk, "kind": run.kind, "finished_at": run.finished_at, **counts}


def _last_errors() -> tuple[dict[str, Any], ...]:
    rows = (
        Booking.objects.filter(pool_status__isnull=False)
        .exclude(pool_last_error="")
        .order_by("-pool_entry_time", "ref")[:10]
    )
    return tuple({"booking": row.ref, "error": row.pool_last_error} for row in rows)
