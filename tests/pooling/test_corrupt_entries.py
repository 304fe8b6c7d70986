"""A corrupt entry does not stop its neighbours: it is put aside where it is met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Booking
from pooling import pool
from pooling.live import live_decision
from pooling.models import PlanRow
from pooling.sweep import preview_sweep, sweep
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.monitoring.audits.spoiling import change, unguarded
from tests.pooling.steps import columns, steps

TEXT = "Corrupt: It ends before it starts: correct its times."


@pytest.fixture(autouse=True)
def _bare(db: None) -> Iterator[None]:
    """No constraint stands in the way."""
    with unguarded():
        yield


def due(count: int) -> list[Booking]:
    """Entries that are due, one after the other, which one person can do."""
    InterpreterFactory.create()
    starts = [after(days=1, minutes=5 * n) for n in range(count)]
    return [
        ReadyFactory.create(
            ref=f"B{n:03}",
            starts_at=start,
            ends_at=start + dt.timedelta(minutes=5),
            pool_deadline_time=NOW + dt.timedelta(minutes=n - count),
        )
        for n, start in enumerate(starts)
    ]


def test_one_bad_entry_in_the_middle_of_500() -> None:
    rows = due(500)
    change(rows[250], ends_at=rows[250].starts_at)

    shown = preview_sweep(now=NOW)
    report = sweep(now=NOW, slot="s", actor=COMMAND)

    for numbers in (shown.as_json(), report.as_json()):
        names = ("processed", "assigned", "escalated", "failed", "pooled")
        assert [numbers[name] for name in names] == [500, 499, 0, 1, 0]
        assert [
            (row["booking"], row["reason"])
            for row in numbers["entries"]
            if row["result"] == "failed"
        ] == [("B250", TEXT)]
    assert Assignment.objects.count() == 499
    assert columns(rows[250], "pool_status", "pool_last_error", "pool_processing_attempts") == {
        "pool_status": "failed",
        "pool_last_error": TEXT,
        "pool_processing_attempts": 0,
    }
    assert steps(rows[250]) == [("quarantine", "ungated", "failed")]


def test_the_event_keeps_the_values_that_were_found() -> None:
    (booking,) = due(1)
    change(booking, pool_processing_attempts=1001)

    assert claim(booking) == ()
    event = AuditEvent.objects.get(action="quarantine")

    assert event.changes["found"]["pool_processing_attempts"] == 1001
    assert event.changes["found"]["pool_status"] == "ready"
    assert (event.reason_code, event.reason) == (
        "corrupt",
        "Corrupt: It was claimed 1001 times, which cannot be.",
    )
    assert columns(booking, "pool_processing_attempts") == {"pool_processing_attempts": 1000}


@pytest.mark.parametrize("state", ["cancelled", "approved"])
def test_what_is_settled_is_taken_out_of_the_pool_instead_of_decided(state: str) -> None:
    settled, sound = due(2)
    change(settled, state=state)

    report = sweep(now=NOW, slot="s", actor=COMMAND)

    assert len(report.entries) == 2
    assert columns(settled, "state", "pool_status") == {"state": state, "pool_status": None}
    assert list(Assignment.objects.values_list("booking__ref", flat=True)) == [sound.ref]
    assert PlanRow.objects.get(booking=settled).stale != ""


def test_an_entry_that_becomes_corrupt_after_planning_is_met_by_the_claim() -> None:
    first, second = due(2)
    change(second, ends_at=second.starts_at)

    assert claim(first, second) == (first.pk,)
    assert columns(second, "pool_status") == {"pool_status": "failed"}


def test_a_corrupt_booking_has_no_live_decision() -> None:
    (booking,) = due(1)
    change(booking, ends_at=booking.starts_at)

    assert live_decision(booking, now=NOW) is None


def claim(*bookings: Booking) -> tuple[int, ...]:
    """The ids that a claim of these entries takes."""
    wanted = Booking.objects.filter(pk__in=[booking.pk for booking in bookings])
    return pool.claim(wanted, limit=10, actor=COMMAND, operation_key="").ids
