"""Editing a booking: nothing stale, no pool column, what follows a change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assignment.audit import COMMAND
from assignment.enums import BookingState
from assignment.models import Assignment, AuditEvent, Booking
from pooling import pool
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.forms import errors_of, fields, opened, page_of, split
from tests.pooling.admin.people import client_of, escalated, in_hours, processing, ready, waiting

pytestmark = pytest.mark.django_db


def test_an_edit_writes_its_fields_and_the_next_version_and_no_pool_column() -> None:
    client, booking = client_of("coordinator"), waiting()
    sent = opened(client, booking) | {"title": "New title", "room": "7"}
    Booking.objects.filter(pk=booking.pk).update(pool_last_error="kept")

    client.post(page_of(booking), sent)

    booking.refresh_from_db()
    assert (booking.title, booking.room, booking.version) == ("New title", "7", 2)
    assert (booking.pool_status, booking.pool_last_error) == ("waiting", "kept")
    event = AuditEvent.objects.get(action="booking_changed")
    assert event.changes["room"] == ["", "7"]


def test_an_edit_of_an_old_page_is_refused_and_says_who_changed_what() -> None:
    first, second = client_of("coordinator"), client_of("lead")
    booking = waiting()
    old = opened(first, booking)
    second.post(page_of(booking), opened(second, booking) | {"room": "9"})

    answer = first.post(page_of(booking), old | {"room": "7"})

    message = errors_of(answer)["__all__"][0]
    assert message.startswith("It was changed since you opened it: lead, ")
    assert "booking changed (room)" in message
    booking.refresh_from_db()
    assert (booking.room, booking.version) == ("9", 2)


def test_an_edit_of_what_the_engine_assigned_meanwhile_is_refused() -> None:
    client, booking = client_of("coordinator"), ready()
    old = opened(client, booking)
    pool.close(
        Booking.objects.filter(pk=booking.pk),
        state=BookingState.CANCELLED,
        actor=COMMAND,
        action="cancel",
        reason="Called off.",
    )

    answer = client.post(page_of(booking), old | {"title": "Late"})

    booking.refresh_from_db()
    assert answer.status_code == 403
    assert (booking.title, booking.state) == (f"Meeting {booking.ref}", "cancelled")


def test_an_assignment_between_opening_and_saving_is_noticed() -> None:
    client, booking = client_of("coordinator"), ready()
    old = opened(client, booking)
    Booking.objects.filter(pk=booking.pk).update(
        state="approved", pool_status=None, pool_entry_time=None, pool_deadline_time=None
    )

    answer = client.post(page_of(booking), old | {"title": "Late"})

    assert errors_of(answer)["__all__"] == [
        "It was changed since you opened it. Open the page again and repeat your change."
    ]


def test_moving_an_assigned_booking_into_a_clash_gives_it_to_somebody_else_and_says_so() -> None:
    person, client = InterpreterFactory(), client_of("coordinator")
    moved = approved(person, starts_at=in_hours(72))
    other = approved(person, starts_at=in_hours(48))
    instead = InterpreterFactory()

    answer = client.post(page_of(moved), move_to(opened(client, moved), other), follow=True)

    rows = Assignment.objects.filter(booking=moved).order_by("pk")
    assert [(row.interpreter, row.state, row.starts_at) for row in rows] == [
        (person, "withdrawn", moved.starts_at),
        (instead, "active", other.starts_at),
    ]
    said = [str(message) for message in answer.context["messages"]]
    assert f"Does not have {moved.ref} any more: {person.name}." in said
    assert f"{moved.ref} is now: approved, given to {instead.name}." in said


def test_moving_what_a_person_gave_into_a_clash_leaves_it_to_a_person_and_says_so() -> None:
    person, client = InterpreterFactory(), client_of("coordinator")
    moved = approved(person, starts_at=in_hours(72))
    other = approved(person, starts_at=in_hours(48))
    Assignment.objects.filter(booking=moved).update(by_hand=True)
    InterpreterFactory()

    answer = client.post(page_of(moved), move_to(opened(client, moved), other), follow=True)

    moved.refresh_from_db()
    assert Assignment.objects.get(booking=moved).state == "withdrawn"
    assert moved.escalation_code == "pinned_cannot"
    said = [str(message) for message in answer.context["messages"]]
    assert f"Does not have {moved.ref} any more: {person.name}." in said
    assert f"{moved.ref} is now: escalated." in said


def test_moving_a_booking_before_its_old_deadline_gates_and_decides_it_again() -> None:
    client, booking = client_of("coordinator"), waiting()
    person, start = InterpreterFactory(), in_hours(30)

    client.post(
        page_of(booking),
        opened(client, booking)
        | split("starts_at", start)
        | split("ends_at", start + dt.timedelta(hours=1)),
    )

    booking.refresh_from_db()
    assert (booking.starts_at, booking.state) == (start, "approved")
    assert Assignment.objects.get().interpreter == person


def move_to(sent: dict[str, Any], other: Booking) -> dict[str, Any]:
    """The form of a booking with the time of another one."""
    return sent | split("starts_at", other.starts_at) | split("ends_at", other.ends_at)


def test_what_the_database_refuses_is_a_form_error() -> None:
    client, booking = client_of("coordinator"), processing(pool_deadline_time=in_hours(40))
    start = in_hours(20)

    answer = client.post(
        page_of(booking),
        opened(client, booking)
        | split("starts_at", start)
        | split("ends_at", start + dt.timedelta(hours=1)),
    )

    assert answer.status_code == 200
    assert "The database refused this" in errors_of(answer)["__all__"][0]


def test_an_escalated_booking_that_is_changed_is_gated_and_decided_again() -> None:
    InterpreterFactory(languages="en;fr")
    client, booking = client_of("coordinator"), escalated()

    client.post(page_of(booking), opened(client, booking) | {"languages": "en;FR"})

    booking.refresh_from_db()
    assert (booking.languages, booking.escalated_at, booking.state) == ("en;fr", None, "approved")


@pytest.mark.parametrize("state", ["completed", "cancelled"])
def test_what_is_over_cannot_be_edited(state: str) -> None:
    client = client_of("superuser")
    booking = approved(InterpreterFactory(), starts_at=in_hours(-48))
    Booking.objects.filter(pk=booking.pk).update(state=state)

    assert client.post(page_of(booking), fields(title="x")).status_code == 403
    assert b'name="title"' not in client.get(page_of(booking)).content


def test_a_forged_pool_column_is_ignored() -> None:
    client, booking = client_of("superuser"), waiting()
    forged = {"pool_status": "failed", "state": "approved", "version": "99", "ref": "OTHER"}

    client.post(page_of(booking), opened(client, booking) | forged)

    now = Booking.objects.get(pk=booking.pk)
    assert (now.pool_status, now.state, now.version, now.ref) == (
        "waiting",
        "waiting",
        2,
        booking.ref,
    )
