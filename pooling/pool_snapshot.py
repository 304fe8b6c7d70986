"""The hand-over of a legacy in-memory pool: all of it is judged before any of it is written.

Written in chunks, each entry with its audit event. The event is also the mark by which a
repetition, also one after a kill, knows what it has done: an entry whose latest hand-over
says the same is left alone, whatever became of the booking since.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from assignment.audit import Actor
from assignment.command import instant_text
from assignment.enums import PoolStatus
from assignment.models import AuditEvent, Booking
from pooling import pool
from pooling.snapshot_entries import SnapshotEntry, SnapshotError, read_snapshot_file

CHUNK = 500
CHANGED = "It was decided or edited while the file was imported: look at the booking."

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """What an import did; ``entries`` are those of the file that are sound."""

    imported: int
    unchanged: int
    errors: tuple[SnapshotError, ...]
    entries: tuple[SnapshotEntry, ...]
    dry_run: bool

    def statistics(self, *, now: dt.datetime) -> dict[str, Any]:
        """Return what the file holds: entries by state, overdue ones, oldest and next."""
        said = Counter(entry.said for entry in self.entries)
        due = [entry.deadline for entry in self.entries if entry.deadline <= now]
        return {
            "total": len(self.entries),
            **{status: said[status] for status in PoolStatus.values},
            "overdue": len(due),
            "oldest_entry": instant_text(min((row.entered for row in self.entries), default=None)),
            "next_deadline": instant_text(
                min((row.deadline for row in self.entries), default=None)
            ),
            "most_attempts": max((row.attempts for row in self.entries), default=0),
        }


def import_pool_snapshot(
    path: Path, *, now: dt.datetime, actor: Actor, dry_run: bool = False
) -> HandedOver:
    """Write: put the entries of the file into the pool, or with any bad entry nothing.

    Idempotent: what was handed over with these very values is not written again. Raises
    InputError when the file is no list of entries.
    """
    found = read_snapshot_file(path, now=now)
    bookings = _bookings(found.entries)
    done = _handed_over_before(found.entries)
    todo = [row for row in found.entries if done.get(row.booking) != row.source]
    errors = sorted(
        (*found.errors, *_errors(todo, bookings=bookings)), key=lambda error: error.index
    )
    imported = 0
    if not errors and not dry_run:
        ids = {ref: booking.pk for ref, booking in bookings.items()}
        for part in _chunks(todo):
            count, late = _write(part, ids=ids, actor=actor, key=f"snapshot:{found.sha256}")
            imported += count
            errors += late
    return HandedOver(
        imported=imported,
        unchanged=len(found.entries) - len(todo),
        errors=tuple(errors),
        entries=found.entries,
        dry_run=dry_run,
    )


def _write(
    entries: Sequence[SnapshotEntry], *, ids: Mapping[str, int], actor: Actor, key: str
) -> tuple[int, list[SnapshotError]]:
    wanted = [
        pool.HandOver(
            booking_id=ids[row.booking],
            status=row.status,
            entered=row.entered,
            deadline=row.deadline,
            attempts=row.attempts,
            source=row.source,
        )
        for row in entries
    ]
    done, left = pool.hand_over(wanted, actor=actor, operation_key=key)
    late = [_error(row, CHANGED) for row in entries if ids[row.booking] in left]
    return len(done), late


def _errors(
    entries: Sequence[SnapshotEntry], *, bookings: Mapping[str, Booking]
) -> Iterator[SnapshotError]:
    """Yield what stands against the entries in this database."""
    for row in entries:
        booking = bookings.get(row.booking)
        if booking is None:
            yield _error(row, "There is no such booking: import the bookings first.")
            continue
        if not pool.can_be_handed_over(booking):
            yield _error(row, _standing(booking))
        if row.deadline > booking.starts_at:
            start = instant_text(booking.starts_at)
            yield _error(
                row, f"“pool_deadline_time” comes after the start of the booking, {start}."
            )


def _standing(booking: Booking) -> str:
    state = pool.state_of(booking)
    return {
        "approved": "The booking is already assigned: leave the entry out.",
        "processing": "The booking is being processed here: try again in a minute.",
        "escalated": "The booking already waits for a person here: leave the entry out.",
    }.get(state, f"The booking is {state}: leave the entry out.")


def _bookings(entries: Iterable[SnapshotEntry]) -> dict[str, Booking]:
    found: dict[str, Booking] = {}
    for part in _chunks([row.booking for row in entries]):
        found |= {row.ref: row for row in Booking.objects.filter(ref__in=part)}
    return found


def _handed_over_before(entries: Iterable[SnapshotEntry]) -> dict[str, Any]:
    """Return the entry of the latest hand-over by ref of the booking."""
    latest: dict[str, Any] = {}
    for part in _chunks([row.booking for row in entries]):
        events = AuditEvent.objects.filter(
            object_type="booking", object_ref__in=part, action=pool.HAND_OVER
        )
        for ref, changes in events.order_by("pk").values_list("object_ref", "changes"):
            latest[ref] = changes.get(pool.HAND_OVER)
    return latest


def _error(row: SnapshotEntry, reason: str) -> SnapshotError:
    return SnapshotError(index=row.index, booking=row.booking, reason=reason)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
