"""Who becomes available wakes exactly the entries that this can cure."""

from __future__ import annotations

import pytest

from assignment.audit import COMMAND
from assignment.availability import note_available
from assignment.models import AvailabilityChange, Booking
from pooling.changes import cancel_bookings
from pooling.entries import retry
from pooling.models import CureOffer
from pooling.tick import tick
from pooling.wakeup import wake_up
from tests.factories.bookings import NOW, EscalatedFactory, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory

pytestmark = pytest.mark.django_db


def woken() -> int:
    return wake_up(now=NOW, actor=COMMAND)


def in_backoff(**fields: object) -> Booking:
    booking: Booking = ReadyFactory.create(pool_next_attempt_at=after(minutes=9), **fields)
    return booking


def test_wakeup_wakes_the_entry_that_the_person_can_take_and_no_other() -> None:
    person = InterpreterFactory.create()
    curable = in_backoff()
    other = in_backoff(languages="fr", starts_at=after(days=2))
    note_available([(person.pk, None, None)], reason="Hired.")

    assert woken() == 1

    curable.refresh_from_db()
    other.refresh_from_db()
    assert curable.pool_next_attempt_at is None
    assert other.pool_next_attempt_at == after(minutes=9)
    assert not AvailabilityChange.objects.exists()


def test_wakeup_considers_only_the_time_that_became_free() -> None:
    person = InterpreterFactory.create()
    in_backoff(starts_at=after(days=3))
    note_available([(person.pk, after(days=1), after(days=2))], reason="Free.")

    assert woken() == 0


def test_wakeup_does_not_wake_for_somebody_who_is_on_leave() -> None:
    person = InterpreterFactory.create()
    LeaveFactory.create(interpreter=person, starts_at=NOW, ends_at=after(days=9))
    in_backoff()
    note_available([(person.pk, None, None)], reason="Changed.")

    assert woken() == 0


def test_wakeup_offers_a_cure_for_what_a_person_has_to_solve() -> None:
    person = InterpreterFactory.create()
    booking = EscalatedFactory.create()
    note_available([(person.pk, None, None)], reason="Hired.")

    assert woken() == 1

    assert CureOffer.objects.get().interpreter == person
    booking.refresh_from_db()
    assert booking.escalated_at == NOW
    retry([booking.pk], now=NOW, actor=COMMAND, reason="Try the offer.")
    assert not CureOffer.objects.exists()


def test_a_cancellation_wakes_what_the_freed_person_can_take_within_a_tick() -> None:
    person = InterpreterFactory.create()
    taken = approved(person)
    waits = in_backoff()
    assert tick(now=NOW, actor=COMMAND).run is None
    cancel_bookings([taken.pk], now=NOW, actor=COMMAND, reason="Not needed.")

    report = tick(now=NOW, actor=COMMAND)

    waits.refresh_from_db()
    assert (report.steps["woken"], waits.state) == (1, "approved")


def test_wakeup_without_changes_asks_one_query(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert woken() == 0
