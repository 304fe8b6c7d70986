"""Taking back what a run wrote, and only that; an undo is a run and can itself be undone.

All that the run bound, or only some of its bookings: one decision is undone the same way.
What has started, is completed or was touched since stays and is named. Undone bookings go
to a person, not straight back into the next tick.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
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
from pooling.absence_leave import enter_leave, leave_after, take_leave_back, why_leave_stays
from pooling.absence_undo import Settled, people_to_lock, settle, would_settle
from pooling.finishing import finish
from pooling.models import Plan, PlanRow, Run
from pooling.rebinding import bind_again, reasons_against
from pooling.undo_checks import UNDO

CHUNK = 200


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What was (or would be) taken back, and what stays with its reason; by ref.

    ``run`` is the run of the undo, None for a preview. Of an absence some of what is undone is
    ``given`` back to who was out; ``leave``: why the leave stays, empty when it does not.
    """

    run: Run | None
    undone: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    given: tuple[str, ...] = ()
    unfit: tuple[tuple[str, str], ...] = ()
    leave: str | None = None


def preview_undo(run: Run, *, now: dt.datetime, only: Collection[int] = ()) -> Undone:
    """Return what an undo would do at this moment; writes nothing.

    ``only``: the bookings to take back; empty = all of the run. Raises InputError when the
    run did not settle one of them.
    """
    _refuse_unfinished(run)
    rows = _rows_of(run, only)
    reasons = undo_checks.reasons_to_keep(rows, run=run, now=now)
    free = [row for row in rows if not reasons[row.pk]]
    leave = None if only else why_leave_stays(run)
    given: Collection[int] = ()
    unfit: Mapping[int, str] = {}
    if run.is_of_absence:
        found = would_settle(free, run=run, now=now, leave_goes=leave == "")
        reasons |= found.kept
        given, unfit = found.given, found.to_person
    elif run.kind == Plan.Kind.UNDO:
        reasons |= reasons_against(free, now=now)
    refs = {row.pk: row.booking.ref for row in rows}
    return Undone(
        run=None,
        undone=tuple(sorted(refs[row.pk] for row in rows if not reasons[row.pk])),
        kept=tuple(sorted((refs[row.pk], reasons[row.pk]) for row in rows if reasons[row.pk])),
        given=tuple(sorted(refs[pk] for pk in given)),
        unfit=tuple(sorted((refs[pk], why) for pk, why in unfit.items())),
        leave=leave,
    )


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
    rows = undo.rows.select_related("booking").order_by("booking__ref")
    return Undone(
        run=undo,
        undone=tuple(row.booking.ref for row in rows if not row.stale),
        kept=tuple((row.booking.ref, row.stale) for row in rows if row.stale),
        given=tuple(row.booking.ref for row in rows if was_given(row, undo=undo)),
        unfit=tuple((row.booking.ref, row.result_reason) for row in rows if row.result_reason),
        leave=None if only else leave_after(run, undo=undo),
    )


def was_given(row: PlanRow, *, undo: Run) -> bool:
    """Tell whether an undo gave the booking back to who was out, or away from them again."""
    return undo.is_of_absence and row.result == Result.ASSIGNED


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
    if run.state != Run.State.DONE or undo_of(run):
        return False
    return _rows_to_undo(run).exists() or why_leave_stays(run) == ""


def complete_undo(undo: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: go on with an undo until no row is open, and close it."""
    run = Run.objects.select_related("operation").get(pk=undone_by(undo) or 0)
    while outlasting()(_undo_next, run=run, undo=undo, now=now, actor=actor):
        pass
    outlasting()(finish, undo, actor=actor)


def _undo_next(*, run: Run, undo: Run, now: dt.datetime, actor: Actor) -> bool:
    """Write: the next open rows, in one transaction; tell whether there were any."""
    with transaction.atomic():
        open_rows = undo.rows.filter(result="").select_related("booking")
        rows = list(open_rows.select_for_update(of=("self",)).order_by("place")[:CHUNK])
        _undo_chunk(rows, run=run, undo=undo, now=now, actor=actor)
    return bool(rows)


def _open(run: Run, *, only: Collection[int], now: dt.datetime, actor: Actor, reason: str) -> Run:
    """Write: the run of the undo, a row for each entry that the run settled; once."""
    with transaction.atomic():
        plan = _plan_against(run, now=now)
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
        elif not only and why_leave_stays(run) == "":
            change_leave = enter_leave if undo.kind == Plan.Kind.REDO else take_leave_back
            change_leave(undo, actor=actor)
    return undo


def _plan_against(run: Run, *, now: dt.datetime) -> Plan:
    """Write: the empty plan of an undo; whoever is out is locked, for their leave may go."""
    plan = Plan(kind=_kind(run), policy_id=current_policy().id, business_now=now)
    if run.plan and run.is_of_absence:
        plan.absent, plan.absent_from = run.plan.absent, run.plan.absent_from
        plan.absent_until = run.plan.absent_until
        binding.lock_people([run.plan.absent_id or 0])
    plan.save()
    return plan


def _undo_chunk(
    rows: Sequence[PlanRow], *, run: Run, undo: Run, now: dt.datetime, actor: Actor
) -> None:
    """Write: lock people, then bookings, look again, and take back what may be."""
    binding.lock_people(people_to_lock(rows, run=run))
    locked = Booking.objects.filter(pk__in=[row.booking_id for row in rows])
    list(locked.order_by("pk").select_for_update().values_list("pk", flat=True))
    reasons = undo_checks.reasons_to_keep(rows, run=run, now=now)
    free = [row for row in rows if not reasons[row.pk]]
    found = _take_back(free, run=run, undo=undo, now=now, actor=actor)
    reasons |= found.kept
    result = Result.ASSIGNED if run.kind == Plan.Kind.UNDO else Result.ESCALATED
    for row in rows:
        row.stale, row.settled_at = reasons[row.pk][:200], timezone.now()
        row.result = Result.POOLED if row.stale else result
        row.result_reason = found.to_person.get(row.pk, "")
        if row.pk in found.given:
            row.result = Result.ASSIGNED
        elif row.result_reason:
            row.result = Result.ESCALATED
    fields = ("stale", "settled_at", "result", "result_reason")
    PlanRow.objects.bulk_update(rows, fields, batch_size=CHUNK)


def _take_back(
    rows: Sequence[PlanRow], *, run: Run, undo: Run, now: dt.datetime, actor: Actor
) -> Settled:
    """Write: take back what the run did to these, in the way of its kind; name what stays."""
    key = undo.operation.key
    what = f"Run {run.pk}" if key == _key(run) else f"Its decision in run {run.pk}"
    text = f"{what} was undone: {undo.operation.reason}"
    if run.is_of_absence:
        return settle(rows, run=run, undo=undo, text=text, now=now, actor=actor)
    if run.kind == Plan.Kind.UNDO:
        return Settled(kept=bind_again(rows, undo=undo, now=now, actor=actor))
    bookings = [row.booking for row in rows]
    binding.end_assignments(bookings, state=AssignmentState.WITHDRAWN)
    pool.take_back(bookings, text=text, now=now, actor=actor, operation_key=key)
    return Settled()


def _rows_to_undo(run: Run) -> QuerySet[PlanRow]:
    """Return the rows that the run settled itself: bound, or (an undo) taken back."""
    rows = run.rows.select_related("booking").order_by("place")
    if run.is_of_absence:
        return rows.filter(result__in=(Result.ASSIGNED, Result.ESCALATED))
    result = Result.ESCALATED if run.kind == Plan.Kind.UNDO else Result.ASSIGNED
    return rows.filter(result=result).exclude(chosen=[])


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
