"""What follows an edit or a cancellation: people who still fit stay, others are withdrawn."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assignment.audit import COMMAND
from assignment.models import Assignment, Booking, BookingPerson, Interpreter
from monitoring.audits.people import nobody_is_bound_who_is_on_leave
from pooling.changes import bookings_changed, cancel_bookings
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    EscalatedFactory,
    FailedFactory,
    ProcessingFactory,
    WaitingFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.invariants import assert_sound
from tests.pooling.pool.test_entering import every
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db


def edit(booking: Booking, **fields: Any) -> None:
    """Change the booking as a form does, and let the pool follow."""
    version = Booking.objects.get(pk=booking.pk).version + 1
    Booking.objects.filter(pk=booking.pk).update(version=version, **fields)
    bookings_changed([booking.pk], now=NOW, actor=COMMAND, reason="Edited.")


def move(booking: Booking, **after_now: float) -> None:
    """Reschedule the booking to an hour so long after NOW."""
    start = after(**after_now)
    edit(booking, starts_at=start, ends_at=start + dt.timedelta(hours=1))


@pytest.fixture
def person() -> Interpreter:
    """Somebody who works on weekdays from 05:00 to 20:00."""
    worker: Interpreter = InterpreterFactory.create(hours="Mon-Fri 05:00-20:00")
    return worker


def work(booking: Booking) -> list[tuple[str, str, dt.datetime]]:
    """Person, state and start of all work for the booking, oldest first."""
    rows = Assignment.objects.filter(booking=booking).order_by("pk")
    return list(rows.values_list("interpreter__ref", "state", "starts_at"))


def test_people_who_still_fit_are_moved_with_the_booking(person: Interpreter) -> None:
    booking = approved(person)
    move(booking, days=2)

    assert work(booking) == [(person.ref, "active", after(days=2))]
    assert columns(booking, "state") == {"state": "approved"}
    assert steps(booking) == [("move", "", "")]
    assert_sound()


def test_a_booking_may_move_onto_its_own_old_time(person: Interpreter) -> None:
    booking = approved(person)
    move(booking, days=1, minutes=30)

    assert work(booking) == [(person.ref, "active", after(days=1, minutes=30))]


@pytest.mark.parametrize("why", ["hours", "leave", "overlap", "languages", "excluded", "needed"])
def test_people_who_no_longer_fit_are_withdrawn_and_it_is_gated_anew(
    person: Interpreter, why: str
) -> None:
    booking = approved(person)
    if why == "hours":
        move(booking, days=5)
    elif why == "leave":
        LeaveFactory.create(interpreter=person, starts_at=after(days=1), ends_at=after(days=2))
        edit(booking)
    elif why == "overlap":
        approved(person, starts_at=after(days=2))
        move(booking, days=2, minutes=-59)
    elif why == "languages":
        edit(booking, languages="fr")
    elif why == "excluded":
        BookingPerson.objects.create(booking=booking, interpreter=person, kind="excluded")
        edit(booking)
    else:
        edit(booking, interpreters_needed=2)

    assert [row[1] for row in work(booking)] == ["withdrawn"]
    assert columns(booking, "state", "pool_status") == {"state": "waiting", "pool_status": "ready"}
    assert steps(booking) == [("reopen", "approved", "ungated"), ("gate", "ungated", "ready")]
    assert_sound()


def test_a_booking_moved_far_away_waits(person: Interpreter) -> None:
    booking = approved(person)
    move(booking, days=20, hours=16)

    assert columns(booking, "pool_status", "pool_deadline_time") == {
        "pool_status": "waiting",
        "pool_deadline_time": after(days=10, hours=16),
    }


@pytest.mark.parametrize(
    ("factory", "name"),
    [(WaitingFactory, "waiting"), (FailedFactory, "failed"), (EscalatedFactory, "escalated")],
)
def test_pooled_and_escalated_ones_pass_the_gate_anew(factory: Any, name: str) -> None:
    booking = factory.create()
    edit(booking, starts_at=after(days=11), ends_at=after(days=11, hours=1))

    assert steps(booking) == [("change", name, "ungated"), ("gate", "ungated", "waiting")]
    assert columns(booking, "pool_status", "pool_deadline_time") == {
        "pool_status": "waiting",
        "pool_deadline_time": after(days=1),
    }


def test_what_is_processed_is_left_to_its_worker() -> None:
    booking = ProcessingFactory.create()
    before = columns(booking)
    edit(booking)

    assert (columns(booking), steps(booking)) == (before, [])


def test_an_ungated_one_is_gated_and_closed_ones_stay() -> None:
    rows = every()
    Booking.objects.exclude(state__in=["completed", "cancelled"]).exclude(
        pk=rows["ungated"].pk
    ).delete()
    bookings_changed([row.pk for row in rows.values()], now=NOW, actor=COMMAND, reason="Edited.")

    assert steps(rows["ungated"]) == [("gate", "ungated", "ready")]
    assert (steps(rows["completed"]), steps(rows["cancelled"])) == ([], [])


def test_cancelling_frees_the_people(person: Interpreter) -> None:
    booking = approved(person)

    assert cancel_bookings([booking.pk], now=NOW, actor=COMMAND, reason="Off.") == 1
    assert work(booking) == [(person.ref, "cancelled", after(days=1))]
    assert steps(booking) == [("cancel", "approved", "cancelled")]
    approved(person)
    assert_sound()


def test_cancelling_takes_whatever_is_open() -> None:
    rows = every()
    ids = [row.pk for row in rows.values()]

    assert cancel_bookings(ids, now=NOW, actor=COMMAND, reason="Off.") == 7
    assert {name for name, row in rows.items() if not steps(row)} == {"completed", "cancelled"}
    before = digest()
    assert cancel_bookings(ids, now=NOW, actor=COMMAND, reason="Off.") == 0
    assert digest() == before


def test_what_was_done_is_not_cancelled(person: Interpreter) -> None:
    booking = approved(person)

    assert cancel_bookings([booking.pk], now=after(days=1, hours=1), actor=COMMAND, reason="x") == 0
    assert work(booking) == [(person.ref, "active", after(days=1))]


def test_an_escalated_booking_can_be_cancelled_when_its_time_has_passed() -> None:
    booking = EscalatedFactory.create()

    assert cancel_bookings([booking.pk], now=after(days=9), actor=COMMAND, reason="Missed.") == 1
    assert steps(booking) == [("cancel", "escalated", "cancelled")]


def test_more_than_a_chunk_is_cancelled() -> None:
    rows = Booking.objects.bulk_create(BookingFactory.build_batch(1_001))
    ids = [row.pk for row in rows]

    assert cancel_bookings(ids, now=NOW, actor=COMMAND, reason="Off.") == 1_001


@pytest.mark.parametrize("how", ["pinned", "by hand"])
def test_whom_a_person_chose_stays_and_is_left_to_a_person(person: Interpreter, how: str) -> None:
    booking = approved(person)
    choose(booking, person, how)
    LeaveFactory(interpreter=person, starts_at=NOW, ends_at=after(days=9))

    bookings_changed([booking.pk], now=NOW, actor=COMMAND, reason="Leave was entered.")

    assert [row[:2] for row in work(booking)] == [(person.ref, "active")]
    assert [row[0] for row in steps(booking)] == ["keep"]
    told = nobody_is_bound_who_is_on_leave(NOW).wrong
    assert [row.message for row in told] == [
        f"{person.ref} is on leave, but has {booking.ref}: find somebody else, or put it right."
    ]


@pytest.mark.parametrize("how", ["pinned", "by hand"])
def test_whom_a_person_chose_moves_with_the_booking_even_where_they_do_not_fit(
    person: Interpreter, how: str
) -> None:
    booking = approved(person)
    choose(booking, person, how)
    LeaveFactory(interpreter=person, starts_at=after(days=2), ends_at=after(days=3))

    move(booking, days=2, hours=4)

    assert work(booking) == [(person.ref, "active", after(days=2, hours=4))]
    assert [row[0] for row in steps(booking)] == ["move", "keep"]


@pytest.mark.parametrize("how", ["pinned", "by hand"])
def test_whom_a_person_chose_and_who_has_other_work_then_is_replaced_by_a_person_alone(
    person: Interpreter, how: str
) -> None:
    InterpreterFactory.create()
    booking, other = approved(person), approved(person, starts_at=after(days=2))
    choose(booking, person, how)

    move(booking, days=2, minutes=30)

    booking.refresh_from_db()
    assert work(booking) == [(person.ref, "withdrawn", after(days=1))]
    assert work(other) == [(person.ref, "active", after(days=2))]
    assert (booking.state, booking.pool_status) == ("waiting", None)
    assert booking.escalation_code == "pinned_cannot"
    assert booking.escalation_text == (
        "A person had chosen who does it, but they have other work at its time. "
        f"{person.ref} is now busy with other work."
    )
    assert [row[0] for row in steps(booking)] == ["hand_back"]
    assert_sound()


def choose(booking: Booking, person: Interpreter, how: str) -> None:
    """Let a person have chosen them for the booking."""
    if how == "pinned":
        BookingPerson.objects.create(booking=booking, interpreter=person, kind="pinned")
    else:
        Assignment.objects.filter(booking=booking).update(by_hand=True)
