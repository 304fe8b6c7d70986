"""The numbers of the pool as they are now; each one counts rows that a list can show."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, DateTimeField, F, Min, QuerySet, Value
from django.db.models.expressions import Combinable

from assignment.enums import PoolStatus
from assignment.models import Booking
from assignment.policies import policy_to_show
from assignment.prepared import Prepared
from assignment.snapshot import read_snapshot
from pooling import holds, pool
from pooling.models import Run
from pooling.timing import next_sweep

EARLIEST = ("oldest", "next")
"""Names of the moments: the oldest entry, the next deadline."""
NONE = Value(0)
NO_MOMENT = Value(None, output_field=DateTimeField())
NEXT_SHOWN = 100


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
        counts, moments = _counts_and_moments(now)
        return PoolNumbers(
            mode=policy_to_show().mode,
            total=sum(counts[status] for status in PoolStatus.values),
            ungated=counts["ungated"],
            **{status: counts[status] for status in PoolStatus.values},
            escalated=counts["escalated"],
            due=counts["due"],
            oldest_entry=moments["oldest"],
            next_deadline=moments["next"],
            is_running=Run.objects.exclude(state=Run.State.DONE).exists(),
            last_run=_last_run(),
            next_run=next_sweep(now),
            last_errors=_last_errors(),
            on_hold=tuple(holds.sentence(hold) for hold in holds.standing()),
        )


def next_ready(*, now: dt.datetime) -> list[tuple[str, dt.datetime]]:
    """Return ref and deadline of the entries that the next claims take, 100 at most, in order."""
    return NEXT_READY.rows(now)


def _next_ready(now: dt.datetime) -> QuerySet[Booking, Any]:
    rows = pool.takeable(now=now).order_by(*pool.IN_ORDER)
    return rows.values_list("ref", "pool_deadline_time")[:NEXT_SHOWN]


NEXT_READY = Prepared(_next_ready)


def _counts_and_moments(now: dt.datetime) -> tuple[Counter[str], dict[str, dt.datetime | None]]:
    """Return rows by state and the two moments, by name: one query, each part over an index."""
    found = COUNTS_AND_MOMENTS.rows(now)
    return (
        Counter({name: count for name, count, _ in found if name not in EARLIEST}),
        {name: at for name, _, at in found if name in EARLIEST},
    )


def _all_parts(now: dt.datetime) -> QuerySet[Booking, Any]:
    pooled = Booking.objects.filter(pool_status__isnull=False).order_by()
    coming = pooled.filter(
        pool_status__in=(PoolStatus.WAITING, PoolStatus.READY), pool_deadline_time__gt=now
    )
    counted = {
        "due": pooled.filter(pool_deadline_time__lte=now).exclude(pool_status=PoolStatus.FAILED),
        "ungated": pool.ungated().order_by(),
        "escalated": Booking.objects.filter(escalated_at__isnull=False).order_by(),
    }
    earliest = zip(
        EARLIEST, ((pooled, "pool_entry_time"), (coming, "pool_deadline_time")), strict=True
    )
    # the moments come first: PostgreSQL takes the type of a column from them
    parts = [_part(rows, _named(name), at=Min(at)) for name, (rows, at) in earliest]
    parts.append(_part(pooled, F("pool_status"), count=Count("*")))
    parts += [_part(rows, _named(name), count=Count("*")) for name, rows in counted.items()]
    return parts[0].union(*parts[1:], all=True)


COUNTS_AND_MOMENTS = Prepared(_all_parts)


def _part(
    rows: QuerySet[Booking],
    name: Combinable,
    *,
    count: Combinable = NONE,
    at: Combinable = NO_MOMENT,
) -> QuerySet[Booking, tuple[str, int, dt.datetime | None]]:
    """Return a name, a number and a moment of the rows as they are grouped by the name."""
    return rows.values(name=name).annotate(count=count, at=at).values_list("name", "count", "at")


def _named(name: str) -> Value:
    return Value(name, output_field=CharField())


def _last_run() -> dict[str, Any] | None:
    done = Run.objects.filter(state=Run.State.DONE).order_by("-pk")
    names = ("kind", "finished_at", "assigned", "escalated", "failed", "pooled")
    run = done.values(*names, run=F("pk")).first()
    return dict(run) if run else None


def _last_errors() -> tuple[dict[str, Any], ...]:
    rows = (
        Booking.objects.filter(pool_status__isnull=False)
        .exclude(pool_last_error="")
        .order_by("-pool_entry_time", "ref")
    )
    return tuple(map(dict, rows.values(booking=F("ref"), error=F("pool_last_error"))[:10]))
