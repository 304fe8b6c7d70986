"""Importing a file with its effect on the pool: write it, then let the gate see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db.models import Q

from assignment.audit import Actor
from assignment.imports.bookings import BookingTable
from assignment.imports.interpreters import InterpreterTable
from assignment.imports.report import ImportReport
from assignment.imports.run import import_file, judge_file
from assignment.models import Booking
from pooling import pool, rechecks
from pooling.gate import gate

REASON = "Imported from a file."
AT_ONCE = 1_000
IN_POOL_OR_ESCALATED = Q(pool_status__isnull=False) | Q(escalated_at__isnull=False)

Progress = Callable[[int], object]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import of bookings did, and how many of them the gate has seen since."""

    report: ImportReport
    gated: int


def import_bookings(
    path: Path,
    *,
    now: dt.datetime,
    actor: Actor,
    dry_run: bool = False,
    gate_them: bool = True,
    only_teams: frozenset[str] | None = None,
    expected_sha256: str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Write all bookings of the file, or none; then gate the new and the moved ones.

    A waiting booking that moves leaves the pool in the transaction that moves it, so
    that a death right after it loses nothing: the next tick gates what is not gated. One
    that had its people is noted there, and checked again in any case, also without the gate.
    """
    take_back = partial(_take_back, actor=actor)
    table = BookingTable(only_teams=only_teams, take_back=take_back, now=now)
    if dry_run:
        return Imported(report=judge_file(path, table, progress=progress), gated=0)
    report = import_file(
        path,
        table,
        actor=actor,
        reason=REASON,
        expected_sha256=expected_sha256,
        progress=progress,
    )
    gated = 0
    if gate_them:
        for ids in _chunks(report.created_ids, report.moved_ids):
            gated += len(gate(ids, now=now, actor=actor))
    rechecks.work_off(now=now, actor=actor)
    return Imported(report=report, gated=gated)


def import_interpreters(
    path: Path,
    *,
    now: dt.datetime,
    actor: Actor,
    dry_run: bool = False,
    only_teams: frozenset[str] | None = None,
    may_make_teams: bool = True,
    expected_sha256: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Write all people of the file, and the teams that they name, or nothing.

    Coming bookings of people whose facts changed are checked again.
    """
    table = InterpreterTable(
        only_teams=only_teams,
        may_make_teams=may_make_teams,
        note=partial(rechecks.note_people, now=now, reason=REASON),
    )
    if dry_run:
        return judge_file(path, table, progress=progress)
    report = import_file(
        path,
        table,
        actor=actor,
        reason=REASON,
        expected_sha256=expected_sha256,
        progress=progress,
    )
    rechecks.work_off(now=now, actor=actor)
    return report


def _take_back(ids: Sequence[int], *, actor: Actor) -> None:
    """Write: let pooled and escalated ones be "not gated yet", and note the approved ones."""
    known = Booking.objects.filter(IN_POOL_OR_ESCALATED, pk__in=list(ids))
    pool.put_back(known, actor=actor, action="moved", reason=REASON)
    rechecks.note_bookings(ids, reason=REASON)


def _chunks(*parts: Sequence[int]) -> Iterator[list[int]]:
    for part in parts:
        for start in range(0, len(part), AT_ONCE):
            yield list(part[start : start + AT_ONCE])
