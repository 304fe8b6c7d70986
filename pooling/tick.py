"""The tick, every minute: gate, rescue, newly due, completed; then decide what is due."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Callable

from django.db import connection

from assignment.audit import Actor
from assignment.failures import DATABASE_ERRORS, classify
from assignment.policies import current_policy
from pooling import holds, pool, rechecks, selection
from pooling.completion import complete_past
from pooling.gate import gate_all
from pooling.models import Plan
from pooling.recovery import finish_abandoned
from pooling.reports import RunReport, report_of
from pooling.runs import Order, execute
from pooling.timing import next_sweep
from pooling.wakeup import wake_up

log = logging.getLogger(__name__)


def tick(*, now: dt.datetime, actor: Actor) -> RunReport:
    """Write: bring the pool up to date and decide what cannot wait; harmless to repeat.

    A step that meets a foreign lock on PostgreSQL is left to the next tick; the others go on.
    Raises ClaimHoldError, after all that needs no claim, while claiming is on hold.
    """
    with holds.set_by_failures(actor):
        return _tick(now=now, actor=actor)


def _tick(*, now: dt.datetime, actor: Actor) -> RunReport:
    _step(lambda: holds.review(actor=actor))
    held = bool(holds.standing())
    steps = {
        "gated": _step(lambda: len(gate_all(now=now, actor=actor))),
        "rechecked": _step(lambda: rechecks.work_off(now=now, actor=actor)),
        "rescued": _step(lambda: pool.rescue(actor=actor)),
        "woken": _step(lambda: wake_up(now=now, actor=actor)),
        "resumed": 0 if held else _step(lambda: finish_abandoned(now=now, actor=actor)),
        "completed": _step(lambda: complete_past(now=now, actor=actor)),
    }
    _step(lambda: pool.make_ready(now=now, actor=actor))
    holds.require_none()
    policy = current_policy()
    if not selection.for_tick(now=now, policy=policy).exists():
        return RunReport(mode=policy.mode, next_run=next_sweep(now), steps=steps)
    done = execute(
        Order(
            kind=Plan.Kind.TICK,
            key=f"tick:{uuid.uuid4().hex}",
            slot="",
            select=lambda fresh: selection.for_tick(now=now, policy=fresh),
            now=now,
            actor=actor,
            reason="Entries became due.",
        )
    )
    return dataclasses.replace(report_of(done.run, repeated=False, now=now), steps=steps)


def _step(verb: Callable[[], int]) -> int:
    """Write: do one step and return its count; 0 when it cannot have a lock now.

    SQLite has one lock for everything: without it no other step could be done either.
    """
    try:
        return verb()
    except DATABASE_ERRORS as error:
        if connection.vendor == "sqlite" or classify(error).kind not in ("busy", "conflict"):
            raise
        log.warning("a step of the tick is left to the next one: %s", type(error).__name__)
        return 0
