"""What a policy would do to the live pool: the one re-dating for preview, impact and switch."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from assignment.command import instant_text
from assignment.enums import Mode, PoolStatus
from assignment.models import Booking
from assignment.policy_values import PolicyValues
from pooling.deadlines import deadline, is_due

Change = Literal["immediate", "redated", "escalated", "error", "left"]

LEVELS = ((0, "none"), (4, "low"), (14, "medium"))
"""Affected entries up to which (included) a level holds; beyond the last one: high."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pooled:
    """One pool entry as the re-dating sees it."""

    id: int
    ref: str
    meeting_type: str
    starts_at: dt.datetime
    status: str
    deadline: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Redating:
    """What becomes of one entry.

    ``immediate``: due now, so it becomes ready · ``redated``: another deadline, still
    waiting · ``escalated``: its start has passed · ``error``: no deadline can be reckoned ·
    ``left``: stays as it is. Every pooled entry is exactly one of these.
    """

    entry: Pooled
    change: Change
    deadline: dt.datetime

    def as_json(self) -> dict[str, Any]:
        """Return the row of a report."""
        return {
            "booking": self.entry.ref,
            "change": self.change,
            "status": self.entry.status,
            "starts_at": instant_text(self.entry.starts_at),
            "old_deadline": instant_text(self.entry.deadline),
            "deadline": instant_text(self.deadline),
        }


@dataclass(frozen=True, kw_only=True)
class Impact:
    """The re-dating of the whole pool, in the order of refs."""

    rows: tuple[Redating, ...]

    def of(self, change: Change) -> tuple[Redating, ...]:
        """Return the rows with this change."""
        return tuple(row for row in self.rows if row.change == change)

    @property
    def affected(self) -> tuple[Redating, ...]:
        """The rows that change: immediate, re-dated and escalated."""
        return tuple(row for row in self.rows if row.change not in ("left", "error"))

    @property
    def level(self) -> str:
        """How much is affected: none, low (below 5), medium (below 15) or high."""
        count = len(self.affected)
        return next((level for most, level in LEVELS if count <= most), "high")

    @property
    def counts(self) -> dict[str, int]:
        """Counts by name; pooled = affected + errors + left."""
        found = Counter(row.change for row in self.rows)
        return {
            "pooled": len(self.rows),
            "affected": len(self.affected),
            "immediate": found["immediate"],
            "redated": found["redated"],
            "escalated": found["escalated"],
            "errors": found["error"],
            "left": found["left"],
        }

    def listed(self, *, most: int | None = None) -> list[dict[str, Any]]:
        """Return the rows as a report has them, by ref, at most ``most`` for each change."""
        found: Counter[Change] = Counter()
        rows = []
        for row in self.rows:
            found[row.change] += 1
            if most is None or found[row.change] <= most:
                rows.append(row.as_json())
        return rows

    @property
    def digest(self) -> str:
        """A short name of the affected set: equal exactly when the same would be done."""
        lines = (f"{row.entry.id} {row.change} {row.deadline.isoformat()}" for row in self.affected)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def impact(policy: PolicyValues, *, now: dt.datetime) -> Impact:
    """Return what putting the policy in force at ``now`` would do; writes nothing."""
    return redate(read_pool(), policy=policy, now=now)


def read_pool(*, lock: bool = False) -> tuple[Pooled, ...]:
    """Return all pool entries by ref; ``lock`` holds the waiting ones until the transaction ends.

    Held entries cannot be claimed meanwhile, and one that is being claimed is waited for.
    """
    if lock:
        waiting = Booking.objects.filter(pool_status=PoolStatus.WAITING).order_by("pk")
        list(waiting.select_for_update(of=("self",)).values_list("pk"))
    rows = (
        Booking.objects.filter(pool_status__isnull=False)
        .order_by()
        .values_list("pk", "ref", "meeting_type", "starts_at", "pool_status", "pool_deadline_time")
    )
    entries = [
        Pooled(
            id=pk,
            ref=ref,
            meeting_type=meeting_type,
            starts_at=starts_at,
            status=status or "",
            deadline=deadline_time or starts_at,
        )
        for pk, ref, meeting_type, starts_at, status, deadline_time in rows.iterator(5000)
    ]
    return tuple(sorted(entries, key=lambda entry: entry.ref))


def redate(entries: Iterable[Pooled], *, policy: PolicyValues, now: dt.datetime) -> Impact:
    """Return what becomes of these entries under the policy. Pure.

    Only waiting entries change; under URGENT a deadline never moves later.
    """
    return Impact(rows=tuple(_redating(entry, policy=policy, now=now) for entry in entries))


def _redating(entry: Pooled, *, policy: PolicyValues, now: dt.datetime) -> Redating:
    if entry.status != PoolStatus.WAITING:
        return Redating(entry=entry, change="left", deadline=entry.deadline)
    try:
        fresh = deadline(entry.starts_at, meeting_type=entry.meeting_type, policy=policy)
    except OverflowError:
        return Redating(entry=entry, change="error", deadline=entry.deadline)
    if policy.mode == Mode.URGENT:
        fresh = min(fresh, entry.deadline)
    return Redating(entry=entry, change=_change(entry, fresh, now=now), deadline=fresh)


def _change(entry: Pooled, fresh: dt.datetime, *, now: dt.datetime) -> Change:
    if entry.starts_at <= now:
        return "escalated"
    if is_due(fresh, now=now):
        return "immediate"
    return "left" if fresh == entry.deadline else "redated"
