"""A booking given by hand, and an absence, while somebody else touches the same people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from assignment.audit import COMMAND
from assignment.engine.binding import lock_people
from assignment.errors import StaleError
from assignment.models import Assignment, Booking, Interpreter, Operation
from pooling.by_hand import Hand, give_by_hand
from tests.factories.bookings import NOW, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.invariants import assert_sound
from tests.pooling.absent import apply, people, preview
from tests.postgres.threads import blocked, in_thread, stopped_before_commit
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


def give(booking: Booking, person: Interpreter, *, leaving: Interpreter | None = None) -> Operation:
    """Give the booking, as it was entered, to this person."""
    hand = Hand(
        booking_id=booking.pk,
        version=1,
        people=(person.pk,),
        leaving=leaving.pk if leaving else None,
    )
    return give_by_hand(hand, now=NOW, actor=COMMAND, reason="By hand.", token=person.ref)


def busy() -> list[tuple[str, str]]:
    """Who has what."""
    rows = Assignment.objects.filter(state="active").order_by("booking__ref")
    return list(rows.values_list("booking__ref", "interpreter__ref"))


def test_leave_that_is_being_entered_is_seen_before_a_booking_is_given() -> None:
    ana = InterpreterFactory.create(ref="ANA")
    booking = ReadyFactory.create()

    def enter_leave() -> None:
        lock_people([ana.pk])
        LeaveFactory.create(interpreter=ana, starts_at=NOW, ends_at=after(days=9))

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(enter_leave) as go_on:
            giving = in_thread(threads, partial(give, booking, ana))
            wait_until(blocked, seconds=5)
            go_on()
        with pytest.raises(StaleError, match="ANA is now on leave"):
            giving.result(20)

    assert busy() == []
    assert_sound()


def test_of_two_who_give_one_booking_the_second_is_told() -> None:
    ana, ben = InterpreterFactory.create(ref="ANA"), InterpreterFactory.create(ref="BEN")
    booking = ReadyFactory.create(ref="B-1")

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(partial(give, booking, ana)) as go_on:
            giving = in_thread(threads, partial(give, booking, ben))
            wait_until(blocked, seconds=5)
            go_on()
        with pytest.raises(StaleError, match="B-1 was changed since"):
            giving.result(20)

    assert busy() == [("B-1", "ANA")]
    assert_sound()


def test_what_is_given_by_hand_while_an_absence_is_carried_out_stays() -> None:
    ana, _, cem = people("ANA", "BEN", "CEM")
    approved(cem, starts_at=after(days=3), hours_long=4.0, ref="B-9")
    booking = approved(ana, ref="B-1")
    plan = preview(ana)

    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(partial(give, booking, cem, leaving=ana)) as go_on:
            applying = in_thread(threads, partial(apply, plan))
            wait_until(blocked, seconds=5)
            go_on()
        done = applying.result(20)

    assert done.stale == (("B-1", "The booking was changed."),)
    assert busy() == [("B-1", "CEM"), ("B-9", "CEM")]
    assert_sound()
