"""What the reading benchmarks compare with: SQL written by hand for the best index."""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg.types.json import Jsonb

from assignment.engine.explain import Explanation
from pooling.slices import overdue_grace
from pooling.status import PoolNumbers
from tests.benchmarks.bare import Bare

READY = """
SELECT ref, pool_deadline_time FROM assignment_booking
WHERE pool_status = 'ready' AND (pool_next_attempt_at IS NULL OR pool_next_attempt_at <= %s)
ORDER BY pool_deadline_time, pool_entry_time, ref LIMIT 100
"""
STATES = (
    "SELECT pool_status, count(*) FROM assignment_booking WHERE pool_status IS NOT NULL GROUP BY 1"
)
UNGATED = """
SELECT count(*) FROM assignment_booking
WHERE state = 'waiting' AND pool_status IS NULL AND escalated_at IS NULL
"""
ESCALATED = "SELECT count(*) FROM assignment_booking WHERE escalated_at IS NOT NULL"
DUE = """
SELECT count(*) FROM assignment_booking
WHERE pool_status IS NOT NULL AND pool_deadline_time <= %s AND pool_status <> 'failed'
"""
OLDEST = "SELECT min(pool_entry_time) FROM assignment_booking WHERE pool_status IS NOT NULL"
NEXT = """
SELECT min(pool_deadline_time) FROM assignment_booking
WHERE pool_status IN ('waiting', 'ready') AND pool_deadline_time > %s
"""
OTHERS = (
    "SELECT mode FROM assignment_policy ORDER BY version DESC LIMIT 1",
    "SELECT EXISTS (SELECT 1 FROM pooling_run WHERE state <> 'done')",
    "SELECT id, kind, finished_at, assigned, escalated, failed, pooled FROM pooling_run"
    " WHERE state = 'done' ORDER BY id DESC LIMIT 1",
    "SELECT ref, pool_last_error FROM assignment_booking"
    " WHERE pool_status IS NOT NULL AND pool_last_error <> ''"
    " ORDER BY pool_entry_time DESC, ref LIMIT 10",
)
ON_LEAVE = """
SELECT count(*) FROM assignment_booking WHERE state = 'approved' AND id IN (
    SELECT given.booking_id FROM assignment_assignment AS given
    JOIN assignment_leave AS away ON away.interpreter_id = given.interpreter_id
        AND away.ends_at > given.starts_at AND away.starts_at < given.ends_at
    WHERE given.state = 'active' AND given.booking_id IS NOT NULL AND given.starts_at > %s)
"""
ASSIGNED = """
SELECT count(*) FROM assignment_assignment WHERE created_at >= %s AND operation_id IS NOT NULL
"""
SESSIONS = (
    "SELECT count(*) FROM assignment_session WHERE state = 'unassigned'",
    "SELECT count(*) FROM assignment_session AS asked WHERE state = 'unassigned' AND NOT EXISTS ("
    " SELECT 1 FROM assignment_desk AS desk WHERE desk.team_id = asked.team_id"
    " OR asked.team_id IS NULL AND desk.tenant_id = asked.tenant_id)",
    "SELECT count(*) FROM assignment_session WHERE state IN ('assigned', 'accepted')",
)
LEDGER = """
SELECT person.id, person.ref, coalesce(worked.hours, 0) FROM assignment_interpreter AS person
LEFT JOIN (SELECT interpreter_id, sum(extract(epoch FROM ends_at - starts_at)) / 3600 AS hours
    FROM assignment_assignment WHERE state IN ('active', 'completed') AND starts_at > %s
    GROUP BY interpreter_id) AS worked ON worked.interpreter_id = person.id
WHERE person.active
"""
DECIDED = """
SELECT decision.outcome, decision.reason_text, decision.decided_at, decision.decided_by,
    policy.version, booking.ref FROM assignment_decision AS decision
JOIN assignment_policy AS policy ON policy.id = decision.policy_id
JOIN assignment_booking AS booking ON booking.id = decision.booking_id WHERE decision.id = %s
"""
VERDICTS = """
CREATE TEMPORARY TABLE verdict (interpreter text, verdict text, rule text, reason text, cure text,
    place int, score float8, parts jsonb, compared jsonb)
"""
EXPLAINED = """
SELECT verdict.*, person.name FROM verdict
JOIN assignment_interpreter AS person ON person.ref = verdict.interpreter
"""


def bare_status(bare: Bare, now: dt.datetime) -> list[Any]:
    """Return the numbers of the pool, in the order of ``status_numbers``."""
    states = dict(bare.rows(STATES))
    numbers = [
        sum(states.values()),
        bare.rows(UNGATED)[0][0],
        bare.rows(ESCALATED)[0][0],
        bare.rows(DUE, [now])[0][0],
        bare.rows(OLDEST)[0][0],
        bare.rows(NEXT, [now])[0][0],
    ]
    for statement in OTHERS:
        bare.rows(statement)
    return numbers


def status_numbers(found: PoolNumbers) -> list[Any]:
    """Return the numbers that both sides must agree on."""
    return [
        found.total,
        found.ungated,
        found.escalated,
        found.due,
        found.oldest_entry,
        found.next_deadline,
    ]


def keep_verdicts(bare: Bare, told: Explanation) -> None:
    """Write the verdicts as a service without compact records would: a row a person."""
    bare.run(VERDICTS)
    columns = ("interpreter", "verdict", "rule", "reason", "cure", "place", "score")
    rows = (
        [*(getattr(row, name) for name in columns), Jsonb(row.parts), Jsonb(row.values)]
        for row in told.candidates
    )
    bare.insert("verdict", (*columns, "parts", "compared"), rows)
    bare.run("ANALYZE verdict")


def bare_verdicts(bare: Bare, decision_id: int) -> list[tuple[Any, ...]]:
    """Return the verdicts as they were kept, after the decision that they belong to."""
    bare.rows(DECIDED, [decision_id])
    return bare.rows(EXPLAINED)


def bare_slices(bare: Bare, now: dt.datetime, mode: str) -> list[int]:
    """Return the numbers of the dashboard's tiles, one statement each, over their indexes."""
    states = dict(bare.rows(STATES))
    late = now - overdue_grace(mode)
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        *(states.get(name, 0) for name in ("waiting", "processing", "failed")),
        bare.rows(DUE, [now])[0][0],
        bare.rows(f"{DUE} AND pool_entry_time <= %s", [late, late])[0][0],
        bare.rows(UNGATED)[0][0],
        bare.rows(ESCALATED)[0][0],
        bare.rows(ON_LEAVE, [now])[0][0],
        bare.rows(ASSIGNED, [today])[0][0],
        *(bare.rows(statement)[0][0] for statement in SESSIONS),
    ]
