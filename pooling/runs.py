"""One execution of processing, once per key: plan, apply, report; resumed after a kill.

A run is a row with a state: planning (one process at a time, under a lease), applying (any
number of processes share the chunks), done. Whoever comes with the same key joins the run
where it stands, so that a killed run is finished by the next call and a second delivery
answers with the stored result.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from assignment import stopping
from assignment.audit import Actor
from assignment.clock import database_now
from assignment.engine.request import RequestOrder, canonical_order
from assignment.enums import Outcome, PoolStatus
from assignment.expressions import Among
from assignment.failures import outlasting
from assignment.models import Booking, Operation
from assignment.operations import refuse_other_request
from assignment.policies import policy_values
from assignment.policy_values import PolicyValues
from pooling import holds, pool
from pooling.applying import apply_rows
from pooling.chunk import Work
from pooling.exactly import APPLY_PLAN, LEFT_OUT, call_up, is_exact, leave_open
from pooling.finishing import audit_run, finish
from pooling.leftovers import close_what_is_gone, leave_what_is_locked
from pooling.models import Plan, PlanRow, Run
from pooling.planning import draft_plan, store_plan
from pooling.retries import MAX_CLAIMS
from pooling.worker import claim_token, is_known_dead

CHUNK = 200
POLL_SECONDS = 0.2
FIRST_POLL_SECONDS = 0.02
"""A claim of somebody else usually ends within this time."""
HELD_SECONDS = 10
"""How long a run waits for ready entries that a foreign transaction keeps locked."""

Selection = Callable[[PolicyValues], Iterable[Booking]]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a run is to do.

    ``select`` names the entries when the plan is made, ``ahead`` what BALANCE decides with
    them and does not bind; ``plan`` is a plan that was shown to somebody, to be executed
    exactly but for the bookings in ``leave_out``. ``request`` is a hash of what is asked for,
    so that a key cannot be used for something else.
    """

    kind: str
    key: str
    slot: str = ""
    select: Selection = lambda _: ()
    plan: Plan | None = None
    leave_out: frozenset[int] = frozenset()
    request: str = ""
    order: RequestOrder = canonical_order
    ahead: Selection | None = None
    now: dt.datetime
    actor: Actor
    reason: str


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The finished run, and whether this call only found it finished."""

    run: Run
    repeated: bool


def execute(order: Order) -> Execution:
    """Write: bring the run of this key to its end and return it; once, however often called.

    Raises ClaimHoldError while claiming is on hold; a run that is done answers all the same.
    """
    with holds.set_by_failures(order.actor):
        require_claims(order.key)
        return _execute(order)


def require_claims(key: str) -> None:
    """Raise ClaimHoldError while claiming is on hold, unless the run of the key is done."""
    if not Run.objects.filter(operation__key=key, state=Run.State.DONE).exists():
        holds.require_none()


def _execute(order: Order) -> Execution:
    run = outlasting()(open_run, order)
    token = claim_token()
    if run.state == Run.State.DONE:
        return Execution(run=run, repeated=True)
    while run.state == Run.State.PLANNING:
        if not outlasting()(_plan, run, order, token=token):
            time.sleep(POLL_SECONDS)
        outlasting()(run.refresh_from_db)
    if run.state == Run.State.APPLYING:
        complete(run, now=order.now, actor=order.actor)
    return Execution(run=run, repeated=False)


def open_run(order: Order) -> Run:
    """Return the run of the key, made if it is new; two at once get the same.

    Raises ConflictError when the key was used for another request, and what the database
    refused when it was not the key that stood in the way.
    """
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                key=order.key,
                kind=APPLY_PLAN if order.plan else order.kind,
                request_hash=order.request,
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
            rows = run.rows.filter(booking_id__in=order.leave_out)
            leave_open(rows, why=LEFT_OUT)
            audit_run(run, "run_start", reason=order.reason, actor=order.actor)
            return run
    except IntegrityError:
        other = Run.objects.select_related("operation").filter(operation__key=order.key).first()
        if other is None:
            raise
        refuse_other_request(other.operation, asked=order.request)
        return other


def _plan(run: Run, order: Order, *, token: str) -> bool:
    """Write: make the plan if nobody else is making it; tell whether this call made it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=database_now()) | Q(claimed_by=token)
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
        draft = draft_plan(order.select, now=now, order=order.order, ahead=order.ahead)
        with transaction.atomic():
            plan = store_plan(draft, kind=run.kind, now=now)
            ended = {"state": Run.State.APPLYING, "lease_until": None, "claimed_by": ""}
            if not mine.update(plan=plan, **ended):
                transaction.set_rollback(True)
                return False
    except Exception:
        outlasting()(mine.update, lease_until=None, claimed_by="")
        raise
    return True


def complete(run: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: apply what is open of a planned run, beside others if need be, and close it.

    Raises StoppedError between two chunks when this process was asked to end.
    """
    with holds.set_by_failures(actor):
        _apply(run, now=now, actor=actor)
    outlasting()(finish, run, actor=actor)


def _apply(run: Run, *, now: dt.datetime, actor: Actor) -> None:
    """Write: take chunk after chunk of open rows until none is left.

    What has started by the clock of this call is not bound, however old the plan is.
    """
    work = Work(
        operation=run.operation,
        policy=outlasting()(_policy_of, run),
        now=now,
        actor=actor,
        exactly=is_exact(run),
        emergency=run.kind == Plan.Kind.EMERGENCY,
    )
    waited = 0.0
    while True:
        stopping.require_going_on()
        if work.exactly and not _next_ids(run):
            outlasting()(call_up, run, now=now, actor=actor)
        rows = _take_chunk(run, actor=actor)
        if rows:
            apply_rows(rows.rows, token=rows.token, work=work)
            waited = 0.0
        elif not outlasting()(close_what_is_gone, run):
            return
        elif outlasting()(pool.rescue, actor=actor) == 0:
            waited = _wait(run, waited=waited, actor=actor)


def _wait(run: Run, *, waited: float, actor: Actor) -> float:
    """Write, after ten seconds: leave ready entries that nobody can claim to the next tick."""
    if waited < HELD_SECONDS:
        pause = min(max(waited, FIRST_POLL_SECONDS), POLL_SECONDS)
        time.sleep(pause)
        return waited + pause
    outlasting()(leave_what_is_locked, run, actor=actor)
    return 0.0


def _policy_of(run: Run) -> PolicyValues:
    return policy_values(Plan.objects.select_related("policy").get(run=run).policy)


@dataclass(frozen=True, kw_only=True)
class _Taken:
    rows: list[PlanRow]
    token: str


def _take_chunk(run: Run, *, actor: Actor) -> _Taken | None:
    """Write: claim the next entries of the plan; one that has used up its claims goes alone."""
    ids = outlasting()(_next_ids, run)
    if not ids:
        return None
    claimed = pool.claim(
        Booking.objects.filter(Among("pk", ids)),
        limit=len(ids),
        actor=actor,
        operation_key=run.operation.key,
    )
    if not claimed.ids:
        return None
    rows = run.rows.filter(Among("booking_id", claimed.ids), result="").order_by("place")
    return _Taken(rows=outlasting()(list, rows), token=claimed.token)


def _next_ids(run: Run) -> list[int]:
    ready = run.rows.filter(result="", booking__pool_status=PoolStatus.READY).order_by("place")
    if not is_exact(run):
        return _usual_first(ready)
    called = ready.exclude(found_status="")
    given = _usual_first(called.filter(outcome=Outcome.ASSIGN))
    return given or _usual_first(called.exclude(outcome=Outcome.ASSIGN))


def _usual_first(ready: QuerySet[PlanRow]) -> list[int]:
    """Return a chunk of those whose claims are not used up, or else one of the others."""
    usual = ready.filter(booking__pool_processing_attempts__lt=MAX_CLAIMS)
    return list(usual.values_list("booking_id", flat=True)[:CHUNK]) or list(
        ready.values_list("booking_id", flat=True)[:1]
    )
