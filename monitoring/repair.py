"""Puts right what the audits found, kind by kind; a second time there is nothing to do.

A kind that fails is logged and left, so that it does not stop the others.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError

from assignment.audit import Actor
from assignment.failures import retrying
from assignment.sessions.keeping import time_out_overdue
from assignment.turns import forget_wrong_counters
from monitoring.audits.catalogue import SCHEMA, examine_all, findings_of
from monitoring.audits.finding import Audit, Examined, Finding
from monitoring.schema import repair_schema
from pooling import pool
from pooling.changes import bookings_changed
from pooling.completion import complete_past
from pooling.pool import mending
from pooling.repairs import end_left_over_work, recount

log = logging.getLogger(__name__)

CHUNK = 200
ROUNDS = 3
RECHECKED = "The audit found people bound who do not fit the booking; it is re-checked."
Mend = Callable[[Sequence[int], dt.datetime, Actor], int]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What every audit sees now, the findings that are left, and how much was put right."""

    examined: tuple[tuple[Audit, Examined], ...]
    findings: tuple[Finding, ...]
    repaired: int


def audit_integrity(*, now: dt.datetime, schema: bool = True) -> Outcome:
    """Return what is wrong at this moment, with the ``schema`` or of the rows alone.

    Writes nothing.
    """
    examined = examine_all(now=now, schema=schema)
    return Outcome(examined=examined, findings=findings_of(examined), repaired=0)


def repair_integrity(*, now: dt.datetime, actor: Actor, schema: bool = True) -> Outcome:
    """Write: repair what can be, in small transactions, and audit again.

    Repairing one thing may show another: at most three rounds. ``schema``: also look for,
    and create, missing indexes, constraints, triggers and schedules.
    """
    repaired = 0
    seen = audit_integrity(now=now, schema=schema)
    for _ in range(ROUNDS):
        changes = _repair(seen.findings, now=now, actor=actor)
        if not changes:
            break
        repaired += changes
        seen = audit_integrity(now=now, schema=schema)
    return Outcome(examined=seen.examined, findings=seen.findings, repaired=repaired)


def _repair(findings: Sequence[Finding], *, now: dt.datetime, actor: Actor) -> int:
    keys: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        if finding.repair:
            keys[finding.code].add(finding.key)
    changes = 0
    if SCHEMA & keys.keys():
        keys = {code: found for code, found in keys.items() if code not in SCHEMA} | {"": {0}}
    for code, found in keys.items():
        wanted = sorted(found)
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            try:
                changes += retrying()(MENDS[code], part, now, actor)
            except DatabaseError:
                log.exception("repairing %s failed", code or "the schema")
    return changes


def _recheck(keys: Sequence[int], now: dt.datetime, actor: Actor) -> int:
    bookings_changed(keys, now=now, actor=actor, reason=RECHECKED)
    return len(keys)


def _of_pool(verb: Callable[..., int]) -> Mend:
    return lambda keys, _, actor: verb(keys, actor=actor)


MENDS: dict[str, Mend] = {
    "work_time_differs": _recheck,
    "work_left_over": _of_pool(end_left_over_work),
    "approved_incomplete": _recheck,
    "completion_overdue": lambda _, now, actor: complete_past(now=now, actor=actor),
    "entry_ends_before_start": _of_pool(mending.quarantine_hopeless),
    "entry_attempts_impossible": _of_pool(mending.quarantine_hopeless),
    "entry_deadline_wrong": _of_pool(mending.redate_wrong),
    "entry_time_missing": _of_pool(mending.restore_entry_times),
    "entry_status_missing": _of_pool(mending.clear_remains),
    "entry_settled": _of_pool(mending.clear_remains),
    "entry_assigned": _of_pool(mending.approve_bound),
    "entry_without_lease": _of_pool(mending.free_unheld),
    "entry_lease_expired": lambda _, __, actor: pool.rescue(actor=actor),
    "entry_lease_left_over": _of_pool(mending.clear_leases),
    "escalated_without_reason": _of_pool(mending.restore_reasons),
    "escalation_left_over": _of_pool(mending.clear_escalations),
    "trail_state_differs": _of_pool(mending.record_state),
    "run_counts_differ": _of_pool(recount),
    "session_accept_overdue": lambda _, now, actor: time_out_overdue(now=now, actor=actor),
    "turn_counter_wrong": _of_pool(forget_wrong_counters),
    "": lambda _, __, actor: len(repair_schema(actor=actor).repaired),
}
"""What a repair calls for each code; the empty one stands for all of the schema."""
