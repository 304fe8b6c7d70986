"""The gate: every booking passes it once, into the pool, due now or waiting."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from assignment.audit import Actor
from assignment.enums import PoolStatus
from assignment.expressions import Among
from assignment.models import Booking
from assignment.policies import current_policy, lock_policy
from pooling import pool
from pooling.deadlines import deadline, is_due, lead_days

CHUNK = 1_000
READ = (*pool.TOLD, "starts_at", "meeting_type")
"""What a deadline and the audit of the entry need of a booking."""


@dataclass(frozen=True, kw_only=True)
class GateEntry:
    """What the gate decided: ``now`` (ready) or ``pool`` (waiting until the deadline)."""

    booking: str
    booking_id: int
    decision: Literal["now", "pool"]
    deadline: dt.datetime


def gate(booking_ids: Iterable[int], *, now: dt.datetime, actor: Actor) -> tuple[GateEntry, ...]:
    """Write: put those of the bookings that are not gated yet into the pool.

    Others (pooled, escalated, approved, closed) are left alone, and so are those that somebody
    else has locked: the next tick sees them. One transaction a chunk of 1,000.
    """
    ids = sorted(set(booking_ids))
    entries: list[GateEntry] = []
    for start in range(0, len(ids), CHUNK):
        entries += _gate_chunk(ids[start : start + CHUNK], now=now, actor=actor)
    return tuple(entries)


def gate_all(*, now: dt.datetime, actor: Actor) -> tuple[GateEntry, ...]:
    """Write: gate everything that is not gated yet."""
    return gate(pool.ungated().values_list("pk", flat=True), now=now, actor=actor)


def _gate_chunk(ids: list[int], *, now: dt.datetime, actor: Actor) -> list[GateEntry]:
    entries: list[GateEntry] = []
    groups: dict[tuple[int, PoolStatus], list[Booking]] = defaultdict(list)
    with transaction.atomic():
        lock_policy()
        policy = current_policy()
        rows = pool.ungated().filter(Among("pk", ids)).only(*READ).order_by("pk")
        for row in rows.select_for_update(of=("self",), skip_locked=True):
            until = deadline(row.starts_at, meeting_type=row.meeting_type, policy=policy)
            due = is_due(until, now=now)
            lead = lead_days(policy.mode, policy.days(row.meeting_type).urgent)
            groups[lead, PoolStatus.READY if due else PoolStatus.WAITING].append(row)
            entries.append(
                GateEntry(
                    booking=row.ref,
                    booking_id=row.pk,
                    decision="now" if due else "pool",
                    deadline=until,
                )
            )
        for (lead, status), bookings in groups.items():
            pool.add(
                bookings,
                lead=dt.timedelta(days=lead),
                status=status,
                now=now,
                actor=actor,
                policy_version=policy.version,
            )
    return entries
