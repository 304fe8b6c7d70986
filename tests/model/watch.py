"""What holds after every step."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from assignment.models import AuditEvent
from monitoring.repair import audit_integrity
from pooling.status import pool_status
from tests.invariants import assert_sound
from tests.model.book import Book
from tests.model.world import World

ARROWS = {
    "gate": {("ungated", "waiting"), ("ungated", "ready")},
    "due": {("waiting", "ready")},
    "redate": {("waiting", "waiting")},
    "process_now": {("waiting", "ready"), ("ready", "ready")},
    "call_up": {("waiting", "ready"), ("ready", "ready"), ("failed", "ready")},
    "claim": {("ready", "processing")},
    "unclaim": {("processing", "ready")},
    "release": {("processing", "ready"), ("processing", "escalated"), ("processing", "failed")},
    "rescue": {("processing", "ready")},
    "fail": {("processing", "failed")},
    "assign": {("processing", "approved"), ("escalated", "approved")},
    "escalate": {
        (state, "escalated") for state in ("ungated", "waiting", "ready", "failed", "processing")
    },
    "undo": {("approved", "escalated")},
    "retry": {("failed", "ungated"), ("escalated", "ungated")},
    "moved": {(state, "ungated") for state in ("waiting", "ready", "failed", "escalated")},
    "reopen": {("approved", "ungated")},
    "complete": {("approved", "completed")},
    "cancel": {
        (state, "cancelled")
        for state in (
            "ungated",
            "waiting",
            "ready",
            "failed",
            "processing",
            "escalated",
            "approved",
        )
    },
}
"""Every arrow of the diagram of states, by the action that draws it; no other one is drawn."""
LATE = dt.timedelta(minutes=20)


def codes(world: World) -> list[str]:
    """The codes of all that the audits find in the rows, in order."""
    return sorted(row.code for row in audit_integrity(now=world.now, schema=False).findings)


def expected_codes(book: Book) -> list[str]:
    """What the audits must find, and nothing else: what time alone makes wrong."""
    over = [row for row in book.of("approved") if row.ends_at < book.now - LATE]
    lost = [row for row in book.of("processing") if row.token in book.expired]
    return ["completion_overdue"] * len(over) + ["entry_lease_expired"] * len(lost)


@dataclass
class Watch:
    """Follows the audit trail of a world."""

    last: int = 0
    steps: int = 0
    claims: Counter[str] = field(default_factory=Counter)

    def look(self, world: World) -> None:
        """Assert everything; the audits, which ask so much, every fifth time."""
        world.agree()
        self.follow(world)
        count_the_pool(world)
        assert_sound(from_the_start=True)
        self.steps += 1
        if self.steps % 5 == 0:
            assert codes(world) == expected_codes(world.book)

    def follow(self, world: World) -> None:
        """Only documented arrows are drawn, and the fence of an entry counts its claims."""
        rows = AuditEvent.objects.filter(pk__gt=self.last, object_type="booking").order_by("pk")
        for row in rows:
            self.last = row.pk
            arrow = (row.from_state, row.to_state)
            if row.to_state and row.action != "repair":
                assert arrow in ARROWS[row.action], f"{row.object_ref}: {row.action} {arrow}"
            if row.action == "claim":
                assert row.fence == self.claims[row.object_ref], row
                self.claims[row.object_ref] += 1
        for ref, entry in world.book.entries.items():
            assert entry.fence == self.claims[ref], f"{ref}: {entry.fence} {self.claims[ref]}"


def count_the_pool(world: World) -> None:
    """The dashboard's numbers are those of the book."""
    book, seen = world.book, pool_status(now=world.now)
    states = Counter(row.state for row in book.entries.values())
    names = ("ungated", "waiting", "ready", "processing", "failed", "escalated")
    assert {name: getattr(seen, name) for name in names} == {name: states[name] for name in names}
    unsettled = book.of("waiting", "ready", "processing")
    due = [row for row in unsettled if row.deadline and row.deadline <= world.now]
    assert (seen.mode, seen.due) == (book.mode, len(due))
