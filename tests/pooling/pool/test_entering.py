"""Into the pool and back to its door: each arrow, its event, and what stays as it was."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.enums import PoolStatus
from assignment.models import AuditEvent, Booking
from pooling import pool
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    EscalatedFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
    after,
)
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db

OUTSIDE = {
    "pool_status": None,
    "pool_entry_time": None,
    "pool_deadline_time": None,
    "pool_processing_attempts": 0,
    "pool_lease_until": None,
    "pool_claimed_by": "",
    "pool_fence": 0,
    "pool_next_attempt_at": None,
    "pool_last_error": "",
}
PLACES = {
    "ungated": BookingFactory,
    "waiting": WaitingFactory,
    "ready": ReadyFactory,
    "processing": ProcessingFactory,
    "failed": FailedFactory,
    "escalated": EscalatedFactory,
}
CLOSED = ("approved", "completed", "cancelled")


def in_state(name: str) -> Booking:
    """A stored booking in this state."""
    if name in CLOSED:
        booking: Booking = BookingFactory.create(state=name)
    else:
        booking = PLACES[name].create()
    return booking


def every() -> dict[str, Booking]:
    """One booking in each state."""
    return {name: in_state(name) for name in (*PLACES, *CLOSED)}


@pytest.mark.parametrize(
    ("status", "reason"),
    [("ready", "Due: to be decided at once."), ("waiting", "Waits for its deadline.")],
)
def test_add_fills_the_columns_of_the_pool(status: str, reason: str) -> None:
    booking = BookingFactory.create(starts_at=after(days=20))
    pool.add(
        [booking],
        lead=dt.timedelta(days=10),
        status=PoolStatus(status),
        now=NOW,
        actor=COMMAND,
        policy_version=1,
    )

    assert columns(booking) == OUTSIDE | {
        "pool_status": status,
        "pool_entry_time": NOW,
        "pool_deadline_time": after(days=10),
    }
    assert steps(booking) == [("gate", "ungated", status)]
    event = AuditEvent.objects.get()
    assert (event.reason, event.policy_version, event.attempt) == (reason, 1, 0)
    assert (event.actor_kind, event.actor) == ("command", "command line")


def test_make_ready_takes_what_is_due_to_the_second() -> None:
    due = WaitingFactory.create(pool_deadline_time=NOW)
    early = WaitingFactory.create(pool_deadline_time=NOW + dt.timedelta(seconds=1))

    assert pool.make_ready(now=NOW, actor=COMMAND) == 1
    assert columns(due, "pool_status") == {"pool_status": "ready"}
    assert steps(due) == [("due", "waiting", "ready")]
    assert columns(early, "pool_status") == {"pool_status": "waiting"}
    assert steps(early) == []


def test_make_ready_leaves_all_other_states_alone() -> None:
    rows = every()
    Booking.objects.filter(pk=rows["waiting"].pk).delete()
    before = digest()

    assert pool.make_ready(now=after(days=30), actor=COMMAND) == 0
    assert digest() == before


def test_make_ready_takes_more_than_a_chunk() -> None:
    WaitingFactory.create_batch(1_003, pool_deadline_time=NOW)

    assert pool.make_ready(now=NOW, actor=COMMAND) == 1_003
    assert Booking.objects.filter(pool_status="ready").count() == 1_003
    assert AuditEvent.objects.filter(action="due").count() == 1_003


def test_try_now_takes_the_waiting_and_the_ready_and_drops_the_backoff() -> None:
    rows = every()
    Booking.objects.filter(pk=rows["ready"].pk).update(pool_next_attempt_at=after(hours=1))

    ids = pool.try_now(Booking.objects.all(), actor=COMMAND, reason="Asked for.")

    assert ids == sorted([rows["waiting"].pk, rows["ready"].pk])
    for name in ("waiting", "ready"):
        assert steps(rows[name]) == [("process_now", name, "ready")]
        assert columns(rows[name], "pool_status", "pool_next_attempt_at") == {
            "pool_status": "ready",
            "pool_next_attempt_at": None,
        }
    assert {name for name, row in rows.items() if steps(row)} == {"waiting", "ready"}


def test_put_back_empties_the_columns_of_the_pool() -> None:
    rows = every()

    ids = pool.put_back(Booking.objects.all(), actor=COMMAND, action="change", reason="Moved.")

    back = ("waiting", "ready", "failed", "escalated")
    assert ids == sorted(rows[name].pk for name in back)
    for name in back:
        fence = rows[name].pool_fence
        assert columns(rows[name]) == OUTSIDE | {"pool_fence": fence}
        assert steps(rows[name]) == [("change", name, "ungated")]
        assert columns(rows[name], "escalated_at", "escalation_code", "escalation_text") == {
            "escalated_at": None,
            "escalation_code": "",
            "escalation_text": "",
        }
    assert {name for name, row in rows.items() if steps(row)} == set(back)


def test_put_back_keeps_the_fence_rising() -> None:
    booking = FailedFactory.create()
    pool.put_back(Booking.objects.all(), actor=COMMAND, action="retry", reason="Again.")

    assert columns(booking, "pool_fence") == {"pool_fence": 6}
