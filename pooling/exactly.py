"""What only a run does that executes a plan somebody was shown.

It touches nothing before its turn: the entries are called up chunk by chunk, and whatever
went stale is left as it was found, with the reason. Nobody is handed to a person because
"nobody can" when by now somebody can.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.utils import timezone

from assignment.audit import Actor
from assignment.enums import BookingState, Outcome, PoolStatus, Result
from assignment.errors import LeaseLostError
from assignment.failures import DATABASE_ERRORS, classify, outlasting
from assignment.models import Booking
from assignment.policy_values import PolicyValues
from pooling import pool
from pooling.chunk import Work, apply_chunk
from pooling.gate import gate
from pooling.held import hand_over, lock_held
from pooling.models import Plan, PlanRow, Run
from pooling.planning import draft_plan

log = logging.getLogger(__name__)

CHUNK = 200
APPLY_PLAN = "apply_plan"
"""Kind of the operation of a run that executes a plan somebody was shown."""
CALLED_UP = {
    Plan.Kind.SWEEP: (PoolStatus.WAITING, PoolStatus.READY),
    Plan.Kind.ENTRIES: (PoolStatus.WAITING, PoolStatus.READY),
    Plan.Kind.EMERGENCY: (PoolStatus.WAITING, PoolStatus.READY, PoolStatus.FAILED),
}
"""In which states an entry is taken when its turn comes, by the kind of the plan."""
UNGATED = Q(
    booking__state=BookingState.WAITING,
    booking__pool_status__isnull=True,
    booking__escalated_at__isnull=True,
)
LEFT_OUT = "Left out by hand."
HELD = "A worker was deciding it already."
LOCKED = "Somebody kept it locked: the next tick takes it when it is due."
SOMEBODY_CAN = "Somebody can take it now."
REFUSED = "The database refused it."
UNEXPECTED = "Processing failed unexpectedly; the log has the details."
BUSY = "The database was busy."


def is_exact(run: Run) -> bool:
    """Tell whether the run executes a plan that was shown."""
    return run.operation.kind == APPLY_PLAN


def untouched(run: Run) -> QuerySet[PlanRow]:
    """Return the open rows whose turn has not come and whose entry can still be called up."""
    gateable = UNGATED if run.kind == Plan.Kind.SWEEP else Q(pk__in=())
    states = CALLED_UP[Plan.Kind(run.kind)]
    rows = run.rows.filter(result="", found_status="")
    return rows.filter(Q(booking__pool_status__in=states) | gateable)


def in_turn(rows: QuerySet[PlanRow]) -> QuerySet[PlanRow]:
    """Sort rows as an exact run takes them: who gets somebody first, then who gets nobody.

    So that "nobody can" is judged when all who were chosen are bound.
    """
    late = Case(When(outcome=Outcome.ASSIGN, then=0), default=1, output_field=IntegerField())
    return rows.order_by(late, "place")


def call_up(run: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: make the entries of the next rows ready, and note how each was found.

    An entry that a worker holds at this moment is left to it.
    """
    met = run.rows.filter(found_status="")
    leave_open(met.filter(booking__pool_status=PoolStatus.PROCESSING), why=HELD)
    ids = list(in_turn(untouched(run)).values_list("booking_id", flat=True)[:CHUNK])
    if run.kind == Plan.Kind.SWEEP:
        gate(ids, now=now, actor=actor)
    with transaction.atomic():
        found: dict[str, list[int]] = defaultdict(list)
        for booking in pool.call_up_these(
            Booking.objects.filter(pk__in=ids),
            states=CALLED_UP[Plan.Kind(run.kind)],
            actor=actor,
            reason=run.operation.reason,
            operation_key=run.operation.key,
        ):
            found[booking.pool_status or ""].append(booking.pk)
        for status, booking_ids in found.items():
            rows = run.rows.filter(booking_id__in=booking_ids)
            rows.update(found_status=status)


def call_off(run: Run, *, actor: Actor) -> None:
    """Write: bring the entries of open rows that were called up back to how they were found."""
    rows = run.rows.filter(result="")
    for status in (PoolStatus.WAITING, PoolStatus.FAILED):
        found = rows.filter(found_status=status).values("booking")
        pool.call_off(
            Booking.objects.filter(pk__in=found),
            to=status,
            actor=actor,
            reason=LOCKED,
            operation_key=run.operation.key,
        )


def leave_open(rows: QuerySet[PlanRow], *, why: str) -> int:
    """Write: close open rows whose entries stay as they are; return how many."""
    return rows.filter(result="").update(
        result=Result.POOLED, stale=why, record=None, settled_at=timezone.now()
    )


def leave_unfounded(rows: Sequence[PlanRow], *, token: str, work: Work) -> list[PlanRow]:
    """Write: leave what nobody could take and somebody can now; return the other rows."""
    stops = [row.booking_id for row in rows if row.outcome == Outcome.STOP]
    cured = outlasting()(_can_be_given, stops, work=work)
    for row in rows:
        if row.booking_id in cured:
            outlasting()(_leave, row, token=token, problem=SOMEBODY_CAN, work=work)
    return [row for row in rows if row.booking_id not in cured]


def settle_singly(row: PlanRow, *, token: str, work: Work) -> None:
    """Write: try the planned choice by itself; when it is stale, leave the entry as it was.

    In an emergency an entry that no try brings to an end goes to a person instead.
    """
    problem, broken = _try_as_planned(row, token=token, work=work)
    if problem and broken and work.emergency:
        outlasting()(_give_up, row, token=token, problem=problem, work=work)
    elif problem:
        outlasting()(_leave, row, token=token, problem=problem, work=work)


def _try_as_planned(row: PlanRow, *, token: str, work: Work) -> tuple[str, bool]:
    """Write; return what stands against the choice, and whether that is an unexpected error.

    A stale fact is told at once; an error is tried again. The database's own refusal of a
    row, such as an overlap, is a stale fact.
    """
    problem = ""
    for pause in work.pauses:
        time.sleep(pause)
        try:
            stale = outlasting()(apply_chunk, [row], token=token, work=work)
        except LeaseLostError:
            return "", False
        except Exception as error:
            found = classify(error)
            if found.outage:
                raise
            if isinstance(error, DATABASE_ERRORS) and found.charged:
                return REFUSED, False
            log.exception("processing of one entry failed")
            problem = UNEXPECTED if found.charged else BUSY
            continue
        if not stale:
            return "", False
        return stale[0].stale, row.outcome == Outcome.ERROR
    return problem, True


def _leave(row: PlanRow, *, token: str, problem: str, work: Work) -> None:
    with transaction.atomic():
        booking = lock_held(row, token=token)
        if booking is None:
            return
        status = PoolStatus(row.found_status or PoolStatus.READY)
        pool.give_back(booking, token=token, status=status, reason=problem, actor=work.actor)
        mine = PlanRow.objects.filter(pk=row.pk)
        mine.update(result_reason=problem)
        leave_open(mine, why=problem[:200])


def _give_up(row: PlanRow, *, token: str, problem: str, work: Work) -> None:
    with transaction.atomic():
        booking = lock_held(row, token=token)
        if booking is None:
            return
        hand_over(booking, token=token, problem=problem, work=work)
        PlanRow.objects.filter(pk=row.pk, result="").update(
            result=Result.ESCALATED, result_reason=problem, record=None, settled_at=timezone.now()
        )


def _can_be_given(booking_ids: Iterable[int], *, work: Work) -> frozenset[int]:
    """Return those of the bookings that somebody could take now, each seen by itself."""
    left, found = set(booking_ids), set()
    while left:
        rows = Booking.objects.filter(pk__in=list(left)).select_related("team")
        draft = draft_plan(partial(_these, rows), now=work.now, policy=work.policy)
        taken = {row.booking_id for row in draft.rows if row.outcome == Outcome.ASSIGN}
        if not taken:
            break
        found |= taken
        left -= taken
    return frozenset(found)


def _these(rows: QuerySet[Booking], _: PolicyValues) -> QuerySet[Booking]:
    return rows.all()
