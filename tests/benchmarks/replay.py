"""What a sweep wrote, written again by the bare driver: the same rows, the same transactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import NOW

Row = tuple[Any, ...]

CHUNK = 200
OF_BOOKING = ("assignment_assignment", "assignment_decision", "assignment_opportunity")
HELD = (
    "pool_status = 'processing', pool_lease_until = %s, pool_claimed_by = %s,"
    " pool_fence = pool_fence + 1, pool_processing_attempts = pool_processing_attempts + 1"
)
ENDED = (
    "pool_status = NULL, pool_entry_time = NULL, pool_deadline_time = NULL,"
    " pool_processing_attempts = 0, pool_lease_until = NULL, pool_claimed_by = '',"
    " pool_next_attempt_at = NULL, pool_last_error = '', state = %s, escalated_at = %s,"
    " escalation_code = %s, escalation_text = %s"
)
CLOSED = "result = 'assigned', record = NULL, result_reason = reason_text, settled_at = %s"
END_COLUMNS = ("state", "escalated_at", "escalation_code", "escalation_text")
ORDERED = {
    "assignment_operation": "id",
    "pooling_run": "id",
    "assignment_roster": "digest",
    "pooling_plan": "id",
    "pooling_planrow": "place",
    "assignment_decision": "id",
    "assignment_assignment": "id",
    "assignment_opportunity": "booking_id",
    "assignment_auditevent": "id",
    "assignment_booking": "id",
}


class Replay:
    """The rows of one finished sweep, sorted into its transactions before the clock runs."""

    def __init__(self) -> None:
        self.bare = Bare()
        self.tables = {name: self._table(name, order) for name, order in ORDERED.items()}
        self.places: list[int] = [
            row[self._column("pooling_planrow", "booking_id")]
            for row in self.tables["pooling_planrow"][1]
        ]
        self.ends = self._ends()
        self.of_booking = {name: self._sorted(name, "booking_id") for name in OF_BOOKING}
        self.plan_rows = list(self._open_plan_rows())
        self.events = self._sorted("assignment_auditevent", "action")
        self.events_of = {
            action: self._events_by_booking(action) for action in ("claim", "assign", "escalate")
        }
        self.moment = NOW

    def write(self) -> None:
        """Write everything again."""
        bare = self.bare
        columns, rows = self.tables["pooling_run"]
        place = columns.index("plan_id")
        with bare.transaction():
            self._insert("assignment_operation")
            bare.insert("pooling_run", columns, [(*r[:place], None, *r[place + 1 :]) for r in rows])
            self._insert("assignment_auditevent", self.events["run_start"])
        with bare.transaction():
            self._insert("assignment_roster")
            self._insert("pooling_plan")
            self._insert("pooling_planrow", self.plan_rows)
            bare.run("UPDATE pooling_run SET plan_id = %s", [rows[0][place]])
        for start in range(0, len(self.places), CHUNK):
            self._chunk(self.places[start : start + CHUNK])
        with bare.transaction():
            bare.run("UPDATE pooling_run SET state = 'done'")
            bare.run("UPDATE assignment_operation SET finished_at = created_at")
            self._insert("assignment_auditevent", self.events["run_finish"])

    def _chunk(self, ids: Sequence[int]) -> None:
        bare, those = self.bare, f"IN ({', '.join(['%s'] * len(ids))})"
        with bare.transaction():
            held = f"UPDATE assignment_booking SET {HELD} WHERE id {those}"  # noqa: S608
            bare.run(held, [bare.instant(self.moment), "bench", *ids])
            self._insert_of(self.events_of["claim"], "assignment_auditevent", ids)
        with bare.transaction():
            for name, rows in self.of_booking.items():
                self._insert_of(rows, name, ids)
            for state, some in self._by_end(ids):
                which = ", ".join(["%s"] * len(some))
                ended = f"UPDATE assignment_booking SET {ENDED} WHERE id IN ({which})"  # noqa: S608
                bare.run(ended, [*state, *some])
            for action in ("assign", "escalate"):
                self._insert_of(self.events_of[action], "assignment_auditevent", ids)
            closed = f"UPDATE pooling_planrow SET {CLOSED} WHERE booking_id {those}"  # noqa: S608
            bare.run(closed, [bare.instant(self.moment), *ids])
        bare.run(f"UPDATE pooling_planrow SET seconds = 0.1 WHERE booking_id {those}", ids)  # noqa: S608

    def _table(self, name: str, order: str) -> tuple[list[str], list[Row]]:
        """Return a table; the clock of an event is the database's own, whoever writes it."""
        columns, rows = self.bare.table(name, order=order)
        if name == "assignment_auditevent":
            place = columns.index("at")
            columns = columns[:place] + columns[place + 1 :]
            rows = [row[:place] + row[place + 1 :] for row in rows]
        return columns, rows

    def _column(self, name: str, column: str) -> int:
        return self.tables[name][0].index(column)

    def _sorted(self, name: str, column: str) -> dict[Any, list[Row]]:
        place, found = self._column(name, column), defaultdict(list)
        for row in self.tables[name][1]:
            found[row[place]].append(row)
        return found

    def _ends(self) -> dict[int, Row]:
        """Return state and escalation of each booking after the sweep."""
        columns, rows = self.tables["assignment_booking"]
        key = columns.index("id")
        places = [columns.index(name) for name in END_COLUMNS]
        return {row[key]: tuple(row[place] for place in places) for row in rows}

    def _events_by_booking(self, action: str) -> dict[Any, list[Row]]:
        ref = self._column("assignment_auditevent", "object_ref")
        columns, rows = self.tables["assignment_booking"]
        keys = {row[columns.index("ref")]: row[columns.index("id")] for row in rows}
        found = defaultdict(list)
        for row in self.events[action]:
            found[keys[row[ref]]].append(row)
        return found

    def _open_plan_rows(self) -> Iterator[Row]:
        """Yield the rows of the plan as they were before it was applied."""
        decisions, record_of = (
            self.of_booking["assignment_decision"],
            self._column("assignment_decision", "record"),
        )
        columns, rows = self.tables["pooling_planrow"]
        booking = columns.index("booking_id")
        for row in rows:
            fresh = dict(zip(columns, row, strict=True))
            record = decisions[row[booking]][0][record_of]
            fresh |= {"record": record, "result": "", "result_reason": "", "settled_at": None}
            yield tuple(fresh.values())

    def _by_end(self, ids: Sequence[int]) -> Iterator[tuple[Row, list[int]]]:
        found: dict[Row, list[int]] = defaultdict(list)
        for key in ids:
            found[self.ends[key]].append(key)
        yield from found.items()

    def _insert(self, name: str, rows: Sequence[Row] | None = None) -> None:
        columns, all_rows = self.tables[name]
        self.bare.insert(name, columns, all_rows if rows is None else rows)

    def _insert_of(self, rows: Mapping[Any, list[Row]], name: str, ids: Sequence[int]) -> None:
        self._insert(name, [row for key in ids for row in rows.get(key, ())])


def what_stands() -> dict[str, list[tuple[Any, ...]]]:
    """Return what a sweep left behind, but for keys and clocks, to compare two of them."""
    bare = Bare()
    try:
        return {
            "assigned": bare.rows(
                "SELECT booking_id, interpreter_id FROM assignment_assignment ORDER BY 1, 2"
            ),
            "bookings": bare.rows(
                "SELECT id, state, pool_status FROM assignment_booking ORDER BY 1"
            ),
            "decisions": bare.rows(
                "SELECT booking_id, outcome, length(record) FROM assignment_decision ORDER BY 1"
            ),
            "opportunities": bare.rows(
                "SELECT booking_id, people FROM assignment_opportunity ORDER BY 1"
            ),
            "plan": bare.rows("SELECT place, booking_id, record FROM pooling_planrow ORDER BY 1"),
            "events": bare.rows(
                "SELECT action, count(*) FROM assignment_auditevent GROUP BY 1 ORDER BY 1"
            ),
        }
    finally:
        bare.close()
