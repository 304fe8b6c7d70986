"""One execution of processing, once per key: plan, apply, report; resumed after a kill.

A run is a row with a state: planning (one process at a time, under a lease), applying (any
number of processes share the chunks), done. Whoever comes with the same key joins the run
where it stands, so that a killed run is finished by the next call and a second delivery
answers with the stored result.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from assignment.audit import Actor, Entry, record
from assignment.clock import database_now
from assignment.engine.request import RequestOrder, canonical_order
from assignment.enums import BookingState, PoolStatus, Result
from assignment.failures import retrying
from assignment.ledger import fairness
from assignment.models import Booking, Operation
from assignment.policies import policy_values
from assignment.policy_values import PolicyValues
from pooling import pool
from pooling.applying import apply_rows
from pooling.chunk import Work
from pooling.models import Plan, PlanRow, Run
from pooling.planning import draft_plan, store_plan
from pooling.retries import MAX_CLAIMS
from pooling.worker import claim_token, is_known_dead

CHUNK = 200
POLL_SECONDS = 0.2
APPLY_PLAN = "apply_plan"
"""Kind of the operation of a run that executes a plan somebody was shown."""

RESULT_OF_STATE = {
    PoolStatus.FAILED: Result.FAILED,
    "escalated": Result.ESCALATED,
    BookingState.APPROVED: Result.ASSIGNED,
}

Selection = Callable[[PolicyValues], Iterable[Booking]]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a run is to do.

    ``select`` names the entries when the plan is made; ``plan`` is a plan that was shown to
    somebody, to be executed exactly.
    """

    kind: str
    key: str
    slot: str = ""
    select: Selection = lambda _: ()
    plan: Plan | None = None
    order: RequestOrder = canonical_order
    now: dt.datetime
    actor: Actor
    reason: str


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The finished run, and whether this call only found it finished."""

    run: Run
    repeated: bool


def execute(order: Order) -> Execution:
    """Write: bring the run of this key to its end and return it; once, however often called."""
    run = open_run(order)
    if run.state == Run.State.DONE:
        return Execution(run=run, repeated=True)
    while run.state == Run.State.PLANNING:
        if not _plan(run, order):
            time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    if run.state == Run.State.APPLYING:
        complete(run, now=order.now, actor=order.actor)
    return Execution(run=run, repeated=False)


def open_run(order: Order) -> Run:
    """Return the run of the key, made if it is new; two at once get the same."""
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                key=order.key,
                kind=APPLY_PLAN if order.plan else order.kind,
                business_now=order.now,
                actor=order.actor.name,
                user_id=order.actor.user_id,
                reason=order.reason,
            )
            run = Run.objects.create(
                operation=operation,
                kind=order.kind,
                slot=order.slot,
                plan=order.plan,
                state=Run.State.APPLYING if order.plan else Run.State.PLANNING,
            )
            _audit(run, "run_start", reason=order.reason, actor=order.actor)
            return run
    except IntegrityError:
        return Run.objects.select_related("operation").get(operation__key=order.key)


def _plan(run: Run, order: Order) -> bool:
    """Write: make the plan if nobody else is making it; tell whether this call made it."""
    token = claim_token()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=database_now())
    if is_known_dead(run.claimed_by):
        free |= Q(claimed_by=run.claimed_by)
    lease = dt.timedelta(seconds=settings.POOL_LEASE_SECONDS)
    taken = Run.objects.filter(free, pk=run.pk, state=Run.State.PLANNING).update(
        claimed_by=token, lease_until=database_now() + lease, fence=F("fence") + 1
    )
    if not taken:
        return False
    mine = Run.objects.filter(pk=run.pk, state=Run.State.PLANNING, claimed_by=token)
    now = run.operation.business_now
    try:
        draft = draft_plan(order.select, now=now, order=order.order)
        with transaction.atomic():
            plan = store_plan(draft, kind=run.kind, now=now)
            ended = {"state": Run.State.APPLYING, "lease_until": None, "claimed_by": ""}
            if not mine.update(plan=plan, **ended):
                transaction.set_rollback(True)
                return False
    except Exception:
        mine.update(lease_until=None, claimed_by="")
        raise
    return True


def complete(run: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: apply what is open of a planned run, beside others if need be, and close it."""
    _apply(run, now=now, actor=actor)
    finish(run, actor=actor)


def _apply(run: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: take chunk after chunk of open rows until none is left.

    What has started by the clock of this call is not bound, however old the plan is.
    """
    plan = Plan.objects.select_related("policy").get(run=run)
    work = Work(
        operation=run.operation,
        policy=policy_values(plan.policy),
        now=now,
        actor=actor,
        exactly=run.operation.kind == APPLY_PLAN,
        emergency=run.kind == Plan.Kind.EMERGENCY,
    )
    while True:
        rows = _take_chunk(run, actor=actor)
        if rows:
            apply_rows(rows.rows, token=rows.token, work=work)
        elif not _close_what_is_gone(run):
            return
        elif pool.rescue(actor=actor) == 0:
            time.sleep(POLL_SECONDS)


@dataclass(frozen=True, kw_only=True)
class _Taken:
    rows: list[PlanRow]
    token: str


def _take_chunk(run: Run, *, actor: Actor) -> _Taken | None:
    """Write: claim the next entries of the plan; one that has used up its claims goes alone."""
    open_rows = _rows(run).filter(result="").order_by("place")
    ready = open_rows.filter(booking__pool_status=PoolStatus.READY)
    usual = ready.filter(booking__pool_processing_attempts__lt=MAX_CLAIMS)
    ids = list(usual.values_list("booking_id", flat=True)[:CHUNK]) or list(
        ready.values_list("booking_id", flat=True)[:1]
    )
    if not ids:
        return None
    claimed = retrying()(
        pool.claim,
        Booking.objects.filter(pk__in=ids),
        limit=len(ids),
        actor=actor,
        operation_key=run.operation.key,
    )
    if not claimed.ids:
        return None
    rows = list(open_rows.filter(booking_id__in=claimed.ids))
    return _Taken(rows=rows, token=claimed.token)


def _close_what_is_gone(run: Run) -> bool:
    """Write: close rows whose booking left the queue meanwhile; tell whether open ones remain."""
    open_rows = _rows(run).filter(result="")
    held = (PoolStatus.READY, PoolStatus.PROCESSING)
    gone: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in open_rows.select_related("booking").order_by():
        if row.booking.pool_status not in held:
            state = pool.state_of(row.booking)
            gone[RESULT_OF_STATE.get(state, Result.POOLED), row.booking.pool_last_error].append(
                row.pk
            )
    for (result, error), ids in gone.items():
        # at most a chunk a call: the caller comes back while rows are open
        PlanRow.objects.filter(pk__in=ids[:CHUNK], result="").update(
            result=result,
            chosen=[],
            record=None,
            result_reason=error,
            stale=error[:200] or "Somebody else settled it before its turn came.",
            settled_at=timezone.now(),
        )
    return open_rows.exists()


def finish(run: Run, *, actor: Actor) -> None:
    """Write: count the results of a run with no open rows and close it, once."""
    counts: dict[str, int] = dict.fromkeys(Result.values, 0)
    for row in _rows(run).order_by().values_list("result", flat=True):
        counts[row] += 1
    plan = Plan.objects.select_related("policy").get(run=run)
    standing = fairness(now=run.operation.business_now, policy=policy_values(plan.policy))
    result = {
        **counts,
        "fairness": {"before": plan.spread_before, "after": standing.spread},
        "system_load": _system_load(people=len(standing.rows)),
    }
    with transaction.atomic():
        ended = database_now()
        done = Run.objects.filter(pk=run.pk, state=Run.State.APPLYING).update(
            state=Run.State.DONE,
            **counts,
            finished_at=ended,
            seconds=round((ended - run.started_at).total_seconds(), 3),
        )
        if done:
            operation = Operation.objects.filter(pk=run.operation_id)
            operation.update(result=result, finished_at=ended)
            text = ", ".join(f"{count} {name}" for name, count in counts.items())
            _audit(run, "run_finish", reason=text, actor=actor, changes=counts)
    run.refresh_from_db()


def _rows(run: Run) -> QuerySet[PlanRow]:
    return PlanRow.objects.filter(plan__run=run)


def _system_load(*, people: int) -> float:
    """Return pool entries per active interpreter."""
    pooled = Booking.objects.filter(pool_status__isnull=False).count()
    return round(pooled / people, 4) if people else 0.0


def _audit(
    run: Run, action: str, *, reason: str, actor: Actor, changes: dict[str, Any] | None = None
) -> None:
    entry = Entry(
        action=action,
        object_type="run",
        object_ref=str(run.pk),
        reason=reason,
        changes=changes or {},
        operation_key=run.operation.key,
    )
    record([entry], actor=actor)
