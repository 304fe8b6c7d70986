"""Claims of 100 entries against one bare statement, and claim with settling against queues.

Each claim tells the trail of each entry in its own transaction, so that the reference that does the
same work does it, too. What the trail costs is shown beside it, by the statement without.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from assignment.audit import COMMAND
from pooling import pool
from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import NOW
from tests.benchmarks.many_rows import grow
from tests.benchmarks.measuring import Pair, Side, compare
from tests.benchmarks.options import Options
from tests.benchmarks.queues import DjangoQ, Procrastinate
from tests.benchmarks.table import Row, growth_row, ratio_row

SIZES = (10_000, 100_000, 1_000_000)
TAKEN = 100
WANTED = pool.takeable(now=NOW)
"""What both sides claim, stated once."""
WITHOUT_TRAIL = """
UPDATE assignment_booking SET pool_status = 'processing',
    pool_lease_until = clock_timestamp() + '90 seconds', pool_claimed_by = 'bench',
    pool_fence = pool_fence + 1, pool_processing_attempts = pool_processing_attempts + 1
WHERE id IN (SELECT id FROM assignment_booking
    WHERE pool_status = 'ready' AND (pool_next_attempt_at IS NULL OR pool_next_attempt_at <= %s)
    ORDER BY pool_deadline_time, pool_entry_time, ref LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, ref, pool_fence, pool_processing_attempts
"""
BARE = f"""
WITH taken AS ({WITHOUT_TRAIL}),
told AS (INSERT INTO assignment_auditevent (actor_kind, actor, action, object_type, object_ref,
    from_state, to_state, reason_code, reason, changes, attempt, fence, operation_key,
    correlation_id)
    SELECT 'command', 'bench', 'claim', 'booking', ref, 'ready', 'processing', '',
        'Taken under a lease.', '{{}}', pool_processing_attempts - 1, pool_fence - 1, 'bench', ''
    FROM taken)
SELECT id FROM taken
"""  # noqa: S608 - names of our own


def measure(options: Options) -> Iterator[Row]:
    """Yield a claim at each size, its growth, and the queues that do less."""
    bare, known, pairs = Bare(keeps_statements=False), 0, []
    for size in SIZES:
        ready = options.size(size, least=5_000)
        grow(pooled=(known + 1, max(known, ready)), done=(1, 0), status="ready")
        known = max(known, ready)
        pairs.append(_against(bare, BARE))
        yield ratio_row(f"claim of {TAKEN} out of {known:,}", pairs[-1], at_most=1.3)
    what = f"claim of {TAKEN} out of {known:,}, a statement that tells no trail"
    yield ratio_row(what, _against(bare, WITHOUT_TRAIL))
    yield growth_row(
        "claim: largest against smallest",
        1000 * pairs[0].ours,
        1000 * pairs[-1].ours,
        at_most=1.3,
    )
    queues: tuple[Procrastinate | DjangoQ, ...] = (Procrastinate(), DjangoQ())
    for name, queue in zip(("procrastinate", "django-q2 (ORM)"), queues, strict=True):
        pair = compare(
            Side(run=claimed_and_settled),
            Side(run=queue.work_off, prepare=queue.fill),
        )
        what = f"claim and settle an entry, {name} fetch and finish"
        yield ratio_row(what, pair, at_most=1, per=TAKEN)
        queue.close()
    bare.close()


def _against(bare: Bare, statement: str) -> Pair:
    return compare(
        Side(run=claimed, work=lambda claim: len(claim.ids)),
        Side(run=partial(bare.rows, statement, (NOW, TAKEN)), work=len),
    )


def claimed() -> pool.Claim:
    """Claim the next entries."""
    return pool.claim(WANTED, limit=TAKEN, actor=COMMAND, operation_key="bench")


def claimed_and_settled() -> int:
    """Claim the next entries and settle them as assigned; return how many."""
    claim = claimed()
    bookings = list(pool.held(claim.token, claim.ids))
    pool.settle_assigned(
        bookings, token=claim.token, actor=COMMAND, operation_key="bench", policy_version=1
    )
    return len(bookings)
