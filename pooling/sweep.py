"""The daily sweep: make a plan over everything due, apply it; once per slot."""

from __future__ import annotations

import datetime as dt
import time

from assignment.audit import SCHEDULE, Actor
from assignment.failures import outlasting
from assignment.models import Booking
from assignment.policies import current_policy
from pooling import pool, selection
from pooling.gate import gate_all
from pooling.models import Plan, Run
from pooling.planning import draft_plan, store_plan
from pooling.reports import RunReport, preview_of, report_of
from pooling.runs import Order, execute, open_run, require_claims
from pooling.timing import hour_of, slot_of

BY_HAND = "by hand"
"""First words of the slot of a sweep that a person starts; a token follows."""


def sweep(*, now: dt.datetime, slot: str, actor: Actor) -> RunReport:
    """Write: decide everything due, fairly and in order; return the report.

    A slot that is done answers with its stored result; one whose run was killed is
    resumed as the same run.
    """
    key = sweep_key(slot)
    if not Run.objects.filter(operation__key=key, state=Run.State.DONE).exists():
        outlasting()(pool.rescue, actor=actor)
        outlasting()(gate_all, now=now, actor=actor)
        outlasting()(pool.make_ready, now=now, actor=actor)
    done = execute(_order(slot, now=now, actor=actor))
    return report_of(done.run, repeated=done.repeated, now=now)


def open_sweep(*, now: dt.datetime, slot: str, actor: Actor) -> Run:
    """Write: the run of a slot, for a worker to carry out; the same for a repeated call.

    Should no worker do it, the tick does, as with every run whose process is gone. Raises
    ClaimHoldError while claiming is on hold.
    """
    require_claims(sweep_key(slot))
    return outlasting()(open_run, _order(slot, now=now, actor=actor))


def carry_on(slot: str, *, now: dt.datetime) -> RunReport:
    """Write: carry out a sweep that somebody opened, in their name."""
    run = Run.objects.select_related("operation__user").get(operation__key=sweep_key(slot))
    user = run.operation.user
    return sweep(now=now, slot=slot, actor=Actor.of_user(user) if user else SCHEDULE)


def preview_sweep(*, now: dt.datetime) -> RunReport:
    """Write nothing but a plan: what a sweep at this moment would decide."""
    began = time.monotonic()
    policy = current_policy()

    def select(_: object) -> list[Booking]:
        return list(selection.for_preview(now=now, policy=policy))

    draft = draft_plan(
        select,
        now=now,
        policy=policy,
        ahead=lambda policy: selection.for_look_ahead(now=now, policy=policy),
    )
    plan = store_plan(draft, kind=Plan.Kind.SWEEP, now=now)
    return preview_of(plan, now=now, seconds=time.monotonic() - began)


def sweep_if_missed(*, now: dt.datetime, actor: Actor) -> RunReport | None:
    """Write: make up for the latest daily slot when it has no finished sweep.

    A sweep that somebody ran under the name of the day before its hour had come does not
    stand for it: the day then gets its own.
    """
    slot = slot_of(now)
    early = Run.objects.filter(
        operation__key=sweep_key(slot),
        operation__business_now__lt=hour_of(slot),
        state=Run.State.DONE,
    )
    if early.exists():
        slot = f"{slot} daily"
    if Run.objects.filter(operation__key=sweep_key(slot), state=Run.State.DONE).exists():
        return None
    return sweep(now=now, slot=slot, actor=actor)


def _order(slot: str, *, now: dt.datetime, actor: Actor) -> Order:
    return Order(
        kind=Plan.Kind.SWEEP,
        key=sweep_key(slot),
        slot=slot,
        select=lambda _: selection.for_sweep(now=now),
        ahead=lambda policy: selection.for_look_ahead(now=now, policy=policy),
        now=now,
        actor=actor,
        reason="A sweep by hand." if is_by_hand(slot) else f"Daily sweep {slot}.",
    )


def is_by_hand(slot: str) -> bool:
    """Tell whether a person started the sweep of this slot: what follows the words is a token."""
    return slot.startswith(f"{BY_HAND} ")


def sweep_key(slot: str) -> str:
    """Return the operation key of a slot."""
    return f"sweep:{slot}"
