"""The gate: once for each booking, now or later, by the thresholds of NORMAL."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling.gate import gate, gate_all
from tests.factories.bookings import NOW, BookingFactory, after
from tests.pooling.pool.test_entering import every
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db
LEADS = {"DR": 10, "VIP": 7, "Weekly": 7, "General": 10, "Urgent": 10, "Other": 7}


@pytest.mark.parametrize(("meeting_type", "days"), LEADS.items())
def test_the_deadline_lies_the_lead_before_the_start(meeting_type: str, days: int) -> None:
    booking = BookingFactory.create(meeting_type=meeting_type, starts_at=after(days=20))

    (entry,) = gate([booking.pk], now=NOW, actor=COMMAND)

    assert (entry.booking, entry.booking_id) == (booking.ref, booking.pk)
    assert (entry.decision, entry.deadline) == ("pool", after(days=20 - days))
    assert columns(booking, "pool_status", "pool_deadline_time") == {
        "pool_status": "waiting",
        "pool_deadline_time": after(days=20 - days),
    }


@pytest.mark.parametrize(
    ("seconds", "decision", "status"),
    [(-1, "now", "ready"), (0, "now", "ready"), (1, "pool", "waiting")],
)
def test_a_deadline_exactly_now_is_due(seconds: int, decision: str, status: str) -> None:
    start = after(days=10) + dt.timedelta(seconds=seconds)
    booking = BookingFactory.create(starts_at=start)

    assert [entry.decision for entry in gate_all(now=NOW, actor=COMMAND)] == [decision]
    assert steps(booking) == [("gate", "ungated", status)]


def test_the_gate_passes_over_all_that_is_gated_or_closed() -> None:
    rows = every()
    entries = gate([row.pk for row in rows.values()], now=NOW, actor=COMMAND)

    assert [entry.booking for entry in entries] == [rows["ungated"].ref]
    assert {name for name, row in rows.items() if steps(row)} == {"ungated"}


def test_a_second_time_changes_nothing() -> None:
    BookingFactory.create()
    gate_all(now=NOW, actor=COMMAND)
    before = digest()

    assert gate_all(now=after(hours=1), actor=COMMAND) == ()
    assert digest() == before


def test_unknown_and_repeated_ids_are_no_matter() -> None:
    booking = BookingFactory.create()

    assert len(gate([booking.pk, booking.pk, 999_999], now=NOW, actor=COMMAND)) == 1


def test_more_bookings_than_a_chunk_are_all_gated() -> None:
    Booking.objects.bulk_create(BookingFactory.build_batch(2_001))

    assert len(gate_all(now=NOW, actor=COMMAND)) == 2_001
    assert Booking.objects.filter(pool_status="ready").count() == 2_001
    assert AuditEvent.objects.filter(action="gate").count() == 2_001
