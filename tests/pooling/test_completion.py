"""Approved bookings are completed 10 minutes after their end."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.models import Assignment
from pooling.completion import complete_past
from tests.factories.bookings import AssignmentFactory, BookingFactory, after, approved
from tests.factories.people import InterpreterFactory
from tests.pooling.pool.test_entering import every
from tests.pooling.steps import columns, steps

pytestmark = pytest.mark.django_db
END = after(days=1, hours=1)


@pytest.mark.parametrize(
    ("seconds", "count", "states"),
    [(-1, 0, ("approved", "active")), (0, 1, ("completed", "completed"))],
)
def test_ten_minutes_after_the_end(seconds: int, count: int, states: tuple[str, str]) -> None:
    booking = approved(InterpreterFactory.create())
    now = END + dt.timedelta(minutes=10, seconds=seconds)

    assert complete_past(now=now, actor=COMMAND) == count
    found = (columns(booking, "state")["state"], Assignment.objects.get().state)
    assert found == states
    assert steps(booking) == [("complete", "approved", "completed")] * count


def test_all_positions_are_completed_and_what_was_withdrawn_stays() -> None:
    booking = BookingFactory.create(state="approved", interpreters_needed=2)
    for position, state in ((1, "withdrawn"), (1, "active"), (2, "active")):
        AssignmentFactory.create(booking=booking, position=position, state=state)

    complete_past(now=after(days=2), actor=COMMAND)

    rows = Assignment.objects.order_by("pk").values_list("state", flat=True)
    assert list(rows) == ["withdrawn", "completed", "completed"]


def test_only_approved_bookings_are_completed() -> None:
    rows = every()

    assert complete_past(now=after(days=30), actor=COMMAND) == 1
    assert {name for name, row in rows.items() if steps(row)} == {"approved"}
    assert complete_past(now=after(days=30), actor=COMMAND) == 0
