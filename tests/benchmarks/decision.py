"""One decision with every verdict, against hand-written SQL that fetches the same facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from assignment.engine.record import unpack
from assignment.models import Booking
from pooling.planning import Draft, draft_plan
from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import HOUR, NOW, add_due, add_people
from tests.benchmarks.many_rows import grow
from tests.benchmarks.measuring import Pair, Side, compare
from tests.benchmarks.options import Options
from tests.benchmarks.statements import counted
from tests.benchmarks.table import Row, ratio_row

PEOPLE = 200
BOOKINGS = 100_000
NEAR = dt.timedelta(days=9)
WINDOW = dt.timedelta(days=30)
FACTS = (
    "SELECT * FROM assignment_policy ORDER BY version DESC LIMIT 1",
    "SELECT * FROM assignment_threshold",
    "SELECT * FROM assignment_priority",
    "SELECT booking.*, team.* FROM assignment_booking AS booking"
    " LEFT JOIN assignment_team AS team ON team.id = booking.team_id WHERE booking.id = %(id)s",
    "SELECT kind, interpreter_id FROM assignment_bookingperson WHERE booking_id = %(id)s",
    "SELECT position, interpreter_id FROM assignment_assignment"
    " WHERE booking_id = %(id)s AND state IN ('active', 'completed')",
    "SELECT person.*, team.* FROM assignment_interpreter AS person"
    " LEFT JOIN assignment_team AS team ON team.id = person.team_id",
    "SELECT interpreter_id, starts_at, ends_at FROM assignment_leave"
    " WHERE starts_at < %(end)s AND ends_at > %(start)s",
    'SELECT work.interpreter_id, work.starts_at, work.ends_at, booking.id, ref, "group"'
    " FROM assignment_assignment AS work JOIN assignment_booking AS booking"
    " ON booking.id = work.booking_id WHERE work.state IN ('active', 'completed')"
    " AND work.starts_at >= %(start)s - '9 days'::interval"
    " AND work.starts_at < %(end)s + '9 days'::interval",
    "SELECT id, (SELECT starts_at FROM assignment_assignment AS work"
    " WHERE work.interpreter_id = person.id AND state IN ('active', 'completed')"
    " ORDER BY starts_at DESC LIMIT 1) FROM assignment_interpreter AS person",
    "SELECT interpreter_id, sum(extract(epoch FROM ends_at - starts_at))"
    " FROM assignment_assignment WHERE state IN ('active', 'completed')"
    " AND starts_at > %(since)s GROUP BY 1",
    "SELECT interpreter_id, sum(minutes) FROM assignment_ledgeradjustment"
    " WHERE effective_at > %(since)s GROUP BY 1",
    "SELECT owner, interpreter_id FROM assignment_donotsend",
)


def measure(options: Options) -> Iterator[Row]:
    """Yield the time with 200 people, and the queries with 20 people, 200, and many bookings."""
    add_due(1)
    counts = []
    add_people(PEOPLE // 10)
    counts.append(counted(_decide)[1])
    add_people(PEOPLE - PEOPLE // 10)
    counts.append(counted(_decide)[1])
    many = options.size(BOOKINGS, least=1_000)
    grow(pooled=(1, many // 10), done=(1, many))
    counts.append(counted(_decide)[1])
    yield ratio_row(
        f"one decision, {PEOPLE} people, every verdict; fetching the facts by SQL",
        _against_sql(),
        at_most=3,
    )
    yield Row(
        what="one decision: queries",
        ours=counts[-1],
        reference=counts[0],
        unit="",
        ratio=counts[-1] / counts[0],
        target="constant",
        holds=len(set(counts)) == 1,
        note=f"20 people {counts[0]}, 200 people {counts[1]}, {many:,} bookings more {counts[2]}",
    )


def _against_sql() -> Pair:
    bare = Bare(keeps_statements=False)
    booking = Booking.objects.get(pk=1)
    values = {
        "id": 1,
        "start": booking.starts_at,
        "end": booking.starts_at + HOUR,
        "since": NOW - WINDOW,
    }

    def fetch() -> int:
        found = [bare.own.execute(fact, values).fetchall() for fact in FACTS]
        return len(found[6])

    pair = compare(Side(run=_decide, work=_verdicts), Side(run=fetch))
    bare.close()
    return pair


def _decide() -> Draft:
    """Decide the booking and pack its record; nothing is written."""
    only = Booking.objects.filter(pk=1).select_related("team")
    return draft_plan(lambda _: only, now=NOW)


def _verdicts(draft: Draft) -> int:
    """Return about how many people the stored record would tell."""
    return len(unpack(draft.rosters[0].record)["refs"])
