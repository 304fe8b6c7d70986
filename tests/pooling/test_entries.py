"""What staff do by hand changes exactly the rows that allow it, and says how many."""

from __future__ import annotations

import pytest

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling import entries
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    EscalatedFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
)

pytestmark = pytest.mark.django_db

MAKERS = {
    "ungated": BookingFactory,
    "waiting": WaitingFactory,
    "ready": ReadyFactory,
    "processing": ProcessingFactory,
    "failed": FailedFactory,
    "escalated": EscalatedFactory,
}


@pytest.mark.parametrize(
    ("verb", "changed", "state"),
    [
        (entries.retry, {"failed", "escalated"}, "ready"),
        (entries.release, {"processing"}, "ready"),
        (entries.escalate, {"ungated", "waiting", "ready", "failed"}, "escalated"),
    ],
)
def test_a_verb_changes_only_what_allows_it(verb: object, changed: set[str], state: str) -> None:
    rows = {name: make() for name, make in MAKERS.items()}
    ids = [row.pk for row in rows.values()]

    count = verb(ids, now=NOW, actor=COMMAND, reason="By hand.")  # type: ignore[operator]

    after = Booking.objects.in_bulk(ids)
    touched = {
        name for name, row in rows.items() if AuditEvent.objects.filter(object_ref=row.ref).exists()
    }
    assert (count, touched) == (len(changed), changed)
    for name in changed:
        row = after[rows[name].pk]
        assert (row.pool_status or "escalated") == state


def test_a_retried_entry_starts_anew() -> None:
    row = FailedFactory()

    entries.retry([row.pk], now=NOW, actor=COMMAND, reason="Again.")

    row.refresh_from_db()
    assert (row.pool_status, row.pool_processing_attempts, row.pool_last_error) == ("ready", 0, "")


def test_a_verb_without_rows_changes_nothing() -> None:
    assert entries.retry([], now=NOW, actor=COMMAND, reason="Nothing.") == 0
    assert not AuditEvent.objects.exists()
