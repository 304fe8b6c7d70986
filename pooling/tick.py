"""The tick, every minute: gate, rescue, newly due, completed; then decide what is due."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from assignment.audit import Actor
from assignment.policies import current_policy
from pooling import pool, rechecks, selection
from pooling.completion import complete_past
from pooling.gate import gate_all
from pooling.models import Plan
from pooling.recovery import finish_abandoned
from pooling.reports import RunReport, report_of
from pooling.runs import Order, execute
from pooling.timing import next_sweep
from pooling.wakeup import wake_up


def tick(*, now: dt.datetime, actor: Actor) -> RunReport:
    """Write: bring the pool up to date and decide what cannot wait; harmless to repeat."""
    steps = {
        "gated": len(gate_all(now=now, actor=actor)),
        "rechecked": rechecks.work_off(now=now, actor=actor),
        "rescued": pool.rescue(actor=actor),
        "woken": wake_up(now=now, actor=actor),
        "resumed": finish_abandoned(now=now, actor=actor),
        "completed": complete_past(now=now, actor=actor),
    }
    pool.make_ready(now=now, actor=actor)
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
