"""Out of the pool without a claim: escalated, completed, cancelled, reopened."""

from __future__ import annotations

import pytest

from assignment.audit import COMMAND
from assignment.enums import BookingState
from assignment.models import AuditEvent, Booking
from pooling import pool
from tests.factories.bookings import NOW, WaitingFactory
from tests.pooling.pool.test_entering import OUTSIDE, every
from tests.pooling.steps import columns, steps

pytestmark = pytest.mark.django_db


def test_escalate_takes_what_nobody_processes() -> None:
    rows = every()

    ids = pool.escalate(
        Booking.objects.all(), code="by_hand", text="Too delicate.", now=NOW, actor=COMMAND
    )

    taken = ("ungated", "waiting", "ready", "failed")
    assert ids == sorted(rows[name].pk for name in taken)
    for name in taken:
        assert steps(rows[name]) == [("escalate", name, "escalated")]
        assert columns(rows[name]) == OUTSIDE | {"pool_fence": rows[name].pool_fence}
        assert columns(rows[name], "state", "escalated_at", "escalation_code") == {
            "state": "waiting",
            "escalated_at": NOW,
            "escalation_code": "by_hand",
        }
    assert {name for name, row in rows.items() if steps(row)} == set(taken)
    event = AuditEvent.objects.order_by("pk")[0]
    assert (event.reason, event.reason_code) == ("Too delicate.", "by_hand")


def test_escalate_cuts_a_text_that_is_too_long() -> None:
    booking = WaitingFactory.create()
    pool.escalate(Booking.objects.all(), code="by_hand", text="x" * 501, now=NOW, actor=COMMAND)

    assert columns(booking, "escalation_text") == {"escalation_text": "x" * 500}


@pytest.mark.parametrize("state", [BookingState.CANCELLED, BookingState.COMPLETED])
def test_close_takes_everything_open_and_ends_claims(state: BookingState) -> None:
    rows = every()

    ids = pool.close(
        Booking.objects.all(), state=state, actor=COMMAND, action="close", reason="Done."
    )

    taken = set(rows) - {"completed", "cancelled"}
    assert ids == sorted(rows[name].pk for name in taken)
    for name in taken:
        assert steps(rows[name]) == [("close", name, state)]
        assert columns(rows[name]) == OUTSIDE | {"pool_fence": rows[name].pool_fence}
        assert columns(rows[name], "state", "escalated_at") == {
            "state": state,
            "escalated_at": None,
        }
    assert {name for name, row in rows.items() if steps(row)} == taken


def test_reopen_takes_the_approved_alone() -> None:
    rows = every()

    assert pool.reopen(Booking.objects.all(), actor=COMMAND, reason="Nobody left.") == [
        rows["approved"].pk
    ]
    assert steps(rows["approved"]) == [("reopen", "approved", "ungated")]
    assert columns(rows["approved"], "state") == {"state": "waiting"}
    assert {name for name, row in rows.items() if steps(row)} == {"approved"}
