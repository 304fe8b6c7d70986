"""Bookings for several people of which a part is bound: what is open is filled, pins are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignment.audit import COMMAND
from assignment.models import Assignment, Booking, BookingPerson, Interpreter
from assignment.policies import current_policy, store_policy
from pooling.changes import bookings_changed
from pooling.entries import retry
from pooling.processing import process_entries
from tests.factories.bookings import NOW, ReadyFactory
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db


def process(booking: Booking, key: str) -> tuple[str, str, list[tuple[int, str]]]:
    """State, escalation code and bound people by position after processing."""
    process_entries([booking.pk], now=NOW, actor=COMMAND, key=key, reason="Test")
    booking.refresh_from_db()
    rows = Assignment.objects.filter(booking=booking, state="active").order_by("position")
    assert booking.pool_status is None
    return (
        booking.state,
        booking.escalation_code,
        list(rows.values_list("position", "interpreter__ref")),
    )


@pytest.fixture
def half_bound() -> Booking:
    """A booking for two with A bound to it, handed to a person because nobody else could."""
    store_policy(replace(current_policy(), allow_partial=True), reason="Test")
    InterpreterFactory.create(ref="A")
    booking: Booking = ReadyFactory.create(interpreters_needed=2)
    assert process(booking, "first") == ("waiting", "too_few", [(1, "A")])
    return booking


def test_the_open_position_is_filled_when_somebody_can(half_bound: Booking) -> None:
    InterpreterFactory.create(ref="B")

    retry([half_bound.pk], now=NOW, actor=COMMAND, reason="B is here")

    assert process(half_bound, "second") == ("approved", "", [(1, "A"), (2, "B")])
    assert_sound()


def test_a_pin_that_is_bound_leaves_the_open_position_to_others(half_bound: Booking) -> None:
    pinned = Interpreter.objects.get(ref="A")
    BookingPerson.objects.create(booking=half_bound, interpreter=pinned, kind="pinned")
    InterpreterFactory.create(ref="B")

    retry([half_bound.pk], now=NOW, actor=COMMAND, reason="B is here")

    assert process(half_bound, "second") == ("approved", "", [(1, "A"), (2, "B")])
    assert_sound()


def test_a_booking_that_needs_nobody_more_is_approved(half_bound: Booking) -> None:
    half_bound.interpreters_needed = 1
    half_bound.save(update_fields=["interpreters_needed"])

    bookings_changed([half_bound.pk], now=NOW, actor=COMMAND, reason="One is enough")

    assert process(half_bound, "second") == ("approved", "", [(1, "A")])
    assert_sound()
