"""Taking back what a run wrote, and only that; an undo is a run and can itself be undone.

All that the run bound, or only some of its bookings: one decision is undone the same way.
What has started, is completed or was touched since stays and is named. Undone bookings go
to a person, not straight back into the next tick.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from assignment.audit import Actor
from assignment.engine import binding
from assignment.enums import AssignmentState, Outcome, Result
from assignment.errors import InputError, RefusedError
from assignment.failures import outlasting
from assignment.models import Booking
from assignment.policies import current_policy
from pooling import pool, runs, undo_checks
from pooling.finishing import finish
from pooling.models import Plan, PlanRow, Run
from pooling.rebinding import bind_again, reasons_against

CHUNK = 200
UNDO = "undo"
"""First word of the operation key of an undo; the id of what it takes back follows."""


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What was (or would be) taken back, and what stays with its reason; by ref.

    ``run`` is the run of the undo, None for a preview.
    """

    run: Run | None
    undone: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


def preview_undo(run: Run, *, now: dt.datetime, only: Collection[int] = ()) -> Undone:
    """Return what an undo would do at this moment; writes nothing.

    ``only``: the bookings to take back; empty = all of the run. Raises InputError when the
    run did not settle one of them.
    """
    _refuse_unfinished(run)
    rows = _rows_of(run, only)
    reasons = undo_checks.reasons_to_keep(rows, run=run, now=now)
    if run.kind == Plan.Kind.UNDO:
        reasons |= reasons_against([row for row in rows if not reasons[row.pk]], now=now)
    undone = tuple(row.booking.ref for row in rows if not reasons[row.pk])
    kept = tuple((row.booking.ref, reasons[row.pk]) for row in rows if reasons[row.pk])
    return Undone(run=None, undone=tuple(sorted(undone)), kept=tuple(sorted(kept)))


def undo_run(
    run: Run, *, now: dt.datetime, actor: Actor, reason: str, only: Collection[int] = ()
) -> Undone:
    """Write: take back what the run assigned; of an undo: bind again what it took back.

    Once per run and choice of bookings: asked again, the stored result is returned; killed,
    it is resumed. Raises RefusedError for a run that is not done, and InputError as above.
    """
    _refuse_unfinished(run)
    undo = undo_of(run, only=only)
    if undo is None:
        undo = outlasting()(_open, run, only=only, now=now, actor=actor, reason=reason)
    if undo.state != Run.State.DONE:
        complete_undo(undo, now=now, actor=actor)
    rows = PlanRow.objects.filter(plan__run=undo).select_related("booking").order_by("booking__ref")
    return Undone(
        run=undo,
        undone=tuple(row.booking.ref for row in rows if not row.stale),
        kept=tuple((row.booking.ref, row.stale) for row in rows if row.stale),
    )


def undo_of(run: Run, *, only: Collection[int] = ()) -> Run | None:
    """Return the run that took this one (or only these bookings of it) back, done or not."""
    return Run.objects.select_related("operation").filter(operation__key=_key(run, only)).first()


def undos_of_parts(run: Run) -> list[Run]:
    """Return the runs that took some bookings of this one back."""
    parts = Run.objects.filter(operation__key__startswith=f"{_key(run)}:")
    return list(parts.select_related("operation").order_by("pk"))


def undone_by(undo: Run) -> int | None:
    """Return the id of the run that this one took back; None for any other kind of run."""
    name, number, *_ = [*undo.operation.key.split(":"), ""]
    return int(number) if name == UNDO else None


def can_be_undone(run: Run) -> bool:
    """Tell whether the run is done, was not taken back yet, and wrote what can be."""
    return run.state == Run.State.DONE and bool(_rows_to_undo(run).exists()) and not undo_of(run)


def complete_undo(undo: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: go on with an undo until no row is open, and close it."""
    run = Run.objects.select_related("operation").get(pk=undone_by(undo) or 0)
    while outlasting()(_undo_next, run=run, undo=undo, now=now, actor=actor):
        pass
    outlasting()(finish, undo, actor=actor)


def _undo_next(*, run: Run, undo: Run, now: dt.datetime, actor: Actor) -> bool:
    """Write: the next open rows, in one transaction; tell whether there were any."""
    with transaction.atomic():
        open_rows = PlanRow.objects.filter(plan__run=undo, result="").select_related("booking")
        rows = list(open_rows.select_for_update(of=("self",)).order_by("place")[:CHUNK])
        _undo_chunk(rows, run=run, undo=undo, now=now, actor=actor)
    return bool(rows)


def _open(run: Run, *, only: Collection[int], now: dt.datetime, actor: Actor, reason: str) -> Run:
    """Write: the run of the undo, a row for each entry that the run settled; once."""
    with transaction.atomic():
        plan = Plan.objects.create(kind=_kind(run), policy_id=current_policy().id, business_now=now)
        PlanRow.objects.bulk_create(
            [
                PlanRow(
                    plan=plan,
                    place=place,
                    booking_id=row.booking_id,
                    booking_version=row.booking_version,
                    outcome=Outcome.ASSIGN if run.kind == Plan.Kind.UNDO else Outcome.STOP,
                    chosen=row.chosen,
                    dr_overridden=row.dr_overridden,
                )
                for place, row in enumerate(_rows_of(run, only), 1)
            ],
            batch_size=500,
        )
        undo = runs.open_run(
            runs.Order(
                kind=_kind(run),
                key=_key(run, only),
                plan=plan,
                now=now,
                actor=actor,
                reason=reason,
            )
        )
        if undo.plan_id != plan.pk:
            transaction.set_rollback(True)  # somebody else, or this call before its cut, was first
    return undo


def _undo_chunk(
    rows: Sequence[PlanRow], *, run: Run, undo: Run, now: dt.datetime, actor: Actor
) -> None:
    """Write: lock people, then bookings, look again, and take back what may be."""
    binding.lock_people(person_id for row in rows for person_id in row.chosen)
    locked = Booking.objects.filter(pk__in=[row.booking_id for row in rows])
    list(locked.order_by("pk").select_for_update().values_list("pk", flat=True))
    reasons = undo_checks.reasons_to_keep(rows, run=run, now=now)
    free = [row for row in rows if not reasons[row.pk]]
    if run.kind == Plan.Kind.UNDO:
        reasons |= bind_again(free, undo=undo, now=now, actor=actor)
    else:
        whole = undo.operation.key == _key(run)
        what = f"Run {run.pk}" if whole else f"Its decision in run {run.pk}"
        text = f"{what} was undone: {undo.operation.reason}"
        bookings = [row.booking for row in free]
        binding.end_assignments(bookings, state=AssignmentState.WITHDRAWN)
        key = undo.operation.key
        pool.take_back(bookings, text=text, now=now, actor=actor, operation_key=key)
    result = Result.ASSIGNED if run.kind == Plan.Kind.UNDO else Result.ESCALATED
    for row in rows:
        row.stale, row.settled_at = reasons[row.pk][:200], timezone.now()
        row.result = Result.POOLED if row.stale else result
    PlanRow.objects.bulk_update(rows, ("stale", "settled_at", "result"), batch_size=CHUNK)


def _rows_to_undo(run: Run) -> QuerySet[PlanRow]:
    """Return the rows that the run settled itself: bound, or (an undo) taken back."""
    result = Result.ESCALATED if run.kind == Plan.Kind.UNDO else Result.ASSIGNED
    rows = PlanRow.objects.filter(plan__run=run, result=result).exclude(chosen=[])
    return rows.select_related("booking").order_by("place")


def _rows_of(run: Run, only: Collection[int]) -> list[PlanRow]:
    """Return the rows to undo, all or only those of these bookings."""
    rows = _rows_to_undo(run)
    if not only:
        return list(rows)
    chosen = list(rows.filter(booking_id__in=list(only)))
    missing = set(only) - {row.booking_id for row in chosen}
    if missing:
        refs = Booking.objects.filter(pk__in=missing).order_by("ref").values_list("ref", flat=True)
        raise InputError(f"Run {run.pk} has nothing to undo for {', '.join(refs[:5])}.")
    return chosen


def _refuse_unfinished(run: Run) -> None:
    if run.state != Run.State.DONE:
        raise RefusedError(f"Run {run.pk} is not done yet: wait for it to end.")


def _kind(run: Run) -> Plan.Kind:
    return Plan.Kind.REDO if run.kind == Plan.Kind.UNDO else Plan.Kind.UNDO


def _key(run: Run, only: Collection[int] = ()) -> str:
    """Return the key of the undo of a run, or of some of its bookings."""
    if not only:
        return f"{UNDO}:{run.pk}"
    chosen = ",".join(str(pk) for pk in sorted(set(only)))
    return f"{UNDO}:{run.pk}:{hashlib.sha256(chosen.encode()).hexdigest()[:24]}"
