"""A large service written by SQL alone (PostgreSQL): one booking in ten pooled, the rest done.

500 bookings a day: the pooled ones lie ahead, the completed ones behind, each with its
assignment, so that a month holds the same number of them however long the history is.
"""

from __future__ import annotations

from django.db import connection

from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import NOW

PEOPLE = 1_000
POOLED = """
INSERT INTO assignment_booking (ref, title, meeting_type, dr_type, other_type, starts_at, ends_at,
    languages, skills, owner, "group", room, interpreters_needed, state, version, created_at,
    escalation_code, escalation_text, pool_status, pool_entry_time, pool_deadline_time,
    pool_processing_attempts, pool_claimed_by, pool_fence, pool_last_error)
SELECT 'PL-' || lpad(n::text, 8, '0'), 'Meeting ' || n, 'General', '', '', start, start + '1 hour',
    'ja;th', '', '', '', '', 1, 'waiting', 1, %(now)s, '', '', %(status)s,
    %(now)s::timestamptz - '1 hour'::interval, start - '40 days'::interval, 0, '', 0, ''
FROM (SELECT n, %(now)s::timestamptz + n / 500 * '1 day'::interval
    + n %% 500 / 50 * '1 hour'::interval + '30 days 5 minutes'::interval AS start
    FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS numbered
"""
DONE = """
WITH written AS (
    INSERT INTO assignment_booking (ref, title, meeting_type, dr_type, other_type, starts_at,
        ends_at, languages, skills, owner, "group", room, interpreters_needed, state, version,
        created_at, escalation_code, escalation_text, pool_processing_attempts, pool_claimed_by,
        pool_fence, pool_last_error)
    SELECT 'DN-' || lpad(n::text, 8, '0'), 'Meeting ' || n, 'General', '', '', start,
        start + '1 hour', 'ja;th', '', '', '', '', 1, 'completed', 1, start, '', '', 0, '', 0, ''
    FROM (SELECT n, %(now)s::timestamptz - (n / 500 + 2) * '1 day'::interval
        + n %% 500 / 50 * '1 hour'::interval AS start
        FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS numbered
    RETURNING id, ref, starts_at, ends_at)
INSERT INTO assignment_assignment (interpreter_id, booking_id, position, starts_at, ends_at,
    lane_from, lane_to, state, by_hand, created_at)
SELECT person.id, written.id, 1, written.starts_at, written.ends_at, 0, 99, 'completed', false,
    written.starts_at
FROM written JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
    FROM assignment_interpreter) AS person
    ON person.place = substr(written.ref, 4)::int %% 1000
"""


def grow(*, pooled: tuple[int, int], done: tuple[int, int], status: str = "waiting") -> None:
    """Write the pooled and the completed bookings of these numbers, first and last included."""
    bare = Bare()
    values = {"now": NOW, "status": status}
    for statement, (first, last) in ((POOLED, pooled), (DONE, done)):
        bare.own.execute(statement, values | {"first": first, "last": last})
    bare.run("VACUUM ANALYZE")
    bare.close()
    connection.close()
