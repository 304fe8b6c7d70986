"""New deadlines for waiting entries, when another policy comes into force."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from assignment.audit import Actor, Entry, record
from assignment.enums import PoolStatus
from assignment.errors import StaleError
from assignment.models import Booking

CHUNK = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDeadline:
    """A waiting entry with the deadline it had and the one it gets; ``due``: it becomes ready."""

    booking_id: int
    ref: str
    starts_at: dt.datetime
    old: dt.datetime
    new: dt.datetime
    due: bool


def redate(
    entries: Sequence[NewDeadline],
    *,
    actor: Actor,
    reason: str,
    operation_key: str,
    policy_version: int,
) -> None:
    """Write, in the caller's transaction: give these waiting entries their new deadlines.

    One UPDATE for each lead and chunk of 5,000. Raises StaleError when one of them is no
    longer waiting: then nothing may be kept.
    """
    groups: dict[tuple[dt.timedelta, bool], list[int]] = defaultdict(list)
    for entry in entries:
        groups[entry.starts_at - entry.new, entry.due].append(entry.booking_id)
    changed = sum(
        _update(ids[start : start + CHUNK], lead=lead, due=due)
        for (lead, due), ids in groups.items()
        for start in range(0, len(ids), CHUNK)
    )
    if changed != len(entries):
        raise StaleError("The pool has changed meanwhile: look at it and try again.")
    record(
        (
            Entry(
                action="due" if entry.due else "redate",
                object_type="booking",
                object_ref=entry.ref,
                reason=reason,
                from_state=PoolStatus.WAITING,
                to_state=PoolStatus.READY if entry.due else PoolStatus.WAITING,
                changes={"deadline": [entry.old.isoformat(), entry.new.isoformat()]},
                operation_key=operation_key,
                policy_version=policy_version,
            )
            for entry in entries
        ),
        actor=actor,
    )


def _update(ids: Sequence[int], *, lead: dt.timedelta, due: bool) -> int:
    return Booking.objects.filter(pk__in=ids, pool_status=PoolStatus.WAITING).update(
        pool_deadline_time=F("starts_at") - lead,
        pool_status=PoolStatus.READY if due else PoolStatus.WAITING,
    )
