"""Giving a booking by hand: exactly these people, every rule asked again, never overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.audit import COMMAND
from assignment.errors import ConflictError, InputError, RefusedError, StaleError
from assignment.models import Assignment, AuditEvent, AvailabilityChange, Booking, BookingPerson
from pooling import undo
from pooling.by_hand import Hand, give_by_hand
from pooling.models import CureOffer, Run
from pooling.sweep import sweep
from tests.factories.bookings import (
    NOW,
    EscalatedFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.invariants import assert_sound
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db


def give(booking: Booking, *people: Any, leaving: Any = None, **changes: Any) -> Any:
    """Give the booking to these people, as it is now."""
    booking.refresh_from_db()
    hand = Hand(
        booking_id=booking.pk,
        version=changes.pop("version", booking.version),
        people=tuple(person.pk for person in people),
        leaving=leaving.pk if leaving else None,
    )
    values: dict[str, Any] = {"now": NOW, "reason": "She asked for it.", "token": "t"}
    return give_by_hand(hand, actor=COMMAND, **values | changes)


def work(booking: Booking) -> list[tuple[str, int, str, bool]]:
    """Person, position, state and whether by hand of all work for it, oldest first."""
    rows = Assignment.objects.filter(booking=booking).order_by("pk")
    return list(rows.values_list("interpreter__ref", "position", "state", "by_hand"))


def test_somebody_takes_the_place_of_who_leaves() -> None:
    ana, ben = (InterpreterFactory.create(ref=ref) for ref in ("ANA", "BEN"))
    booking = approved(ana)

    operation = give(booking, ben, leaving=ana)

    assert work(booking) == [("ANA", 1, "withdrawn", False), ("BEN", 1, "active", True)]
    assert (operation.kind, operation.reason) == ("by_hand", "She asked for it.")
    assert steps(booking) == [
        ("give_by_hand", "approved", "approved"),
        ("chosen_by_hand", "", ""),
    ]
    event = AuditEvent.objects.get(action="chosen_by_hand")
    assert event.changes == {"people": [["ANA"], ["BEN"]]}
    assert (event.reason, event.operation_key) == ("She asked for it.", "by_hand:t")
    assert [row.interpreter_id for row in AvailabilityChange.objects.all()] == [ana.pk]
    assert_sound()


@pytest.mark.parametrize("factory", [WaitingFactory, ReadyFactory, FailedFactory, EscalatedFactory])
def test_an_open_booking_leaves_the_pool_when_it_is_given(factory: Any) -> None:
    booking = factory.create()
    ana = InterpreterFactory.create(ref="ANA")
    CureOffer.objects.create(booking=booking, interpreter=ana)

    give(booking, ana)

    assert work(booking) == [("ANA", 1, "active", True)]
    assert columns(booking, "state", "pool_status", "escalated_at", "version") == {
        "state": "approved",
        "pool_status": None,
        "escalated_at": None,
        "version": 2,
    }
    assert not CureOffer.objects.exists()
    assert_sound()


def test_a_booking_for_two_is_given_to_two_or_not_at_all() -> None:
    booking = ReadyFactory.create(ref="B-1", interpreters_needed=2)
    ana, ben = (InterpreterFactory.create(ref=ref) for ref in ("ANA", "BEN"))

    with pytest.raises(InputError, match="Choose 2 for B-1: as many as are needed"):
        give(booking, ana)
    with pytest.raises(InputError, match="Choose 2 for B-1: as many as are needed"):
        give(booking, ana, ana)
    give(booking, ana, ben)

    assert work(booking) == [("ANA", 1, "active", True), ("BEN", 2, "active", True)]


def test_a_pin_goes_with_who_leaves() -> None:
    ana, ben = (InterpreterFactory.create(ref=ref) for ref in ("ANA", "BEN"))
    booking = approved(ana)
    BookingPerson.objects.create(booking=booking, interpreter=ana, kind="pinned")

    give(booking, ben, leaving=ana)

    assert not BookingPerson.objects.exists()
    assert AuditEvent.objects.get(action="chosen_by_hand").changes["unpinned"] == ["ANA"]


def refused_cases() -> dict[str, tuple[type[Exception], str]]:
    """What stands in the way, and what is said."""
    return {
        "leave": (StaleError, "BEN is now on leave. Nothing was changed: choose somebody else."),
        "busy": (
            StaleError,
            "BEN is now busy with other work. Nothing was changed: choose somebody else.",
        ),
        "edited": (StaleError, "B-1 was changed since: look at it again."),
        "gone": (StaleError, "B-1 has other people by now: look at it again."),
        "started": (RefusedError, "B-1 has started: nobody can be given it any more."),
        "cancelled": (RefusedError, "B-1 is cancelled: nobody can be given it any more."),
        "nobody leaves": (InputError, "B-1 has everybody it needs: choose who goes."),
    }


@pytest.mark.parametrize("case", refused_cases())
def test_what_is_no_longer_true_is_refused_with_a_sentence_and_changes_nothing(case: str) -> None:
    ana, ben = (InterpreterFactory.create(ref=ref) for ref in ("ANA", "BEN"))
    booking = approved(ana, ref="B-1")
    values: dict[str, Any] = {"leaving": ana}
    if case == "leave":
        LeaveFactory.create(interpreter=ben, starts_at=NOW, ends_at=after(days=9))
    elif case == "busy":
        approved(ben)
    elif case == "edited":
        values["version"] = 7
    elif case == "gone":
        Assignment.objects.filter(booking=booking).update(state="withdrawn")
    elif case == "started":
        values["now"] = after(days=1)
    elif case == "cancelled":
        Booking.objects.filter(pk=booking.pk).update(state="cancelled")
    else:
        values["leaving"] = None
    before = digest()
    error, text = refused_cases()[case]

    with pytest.raises(error) as caught:
        give(booking, ben, **values)

    assert str(caught.value) == text
    assert digest() == before


def test_what_a_worker_decides_at_this_moment_is_left_to_it() -> None:
    booking = ProcessingFactory.create(ref="B-1")

    with pytest.raises(RefusedError, match="A worker is deciding B-1 now: look again"):
        give(booking, InterpreterFactory.create())


def test_a_second_click_has_one_effect_and_other_words_are_refused() -> None:
    ana, ben = InterpreterFactory.create(), InterpreterFactory.create()
    booking = ReadyFactory.create()
    first = give(booking, ana)
    before = digest()

    assert give(booking, ana, version=1) == first
    with pytest.raises(ConflictError):
        give(booking, ben, version=1)
    assert digest() == before


def test_an_undo_leaves_what_was_chosen_by_hand_since() -> None:
    ana, ben = (InterpreterFactory.create(ref=ref) for ref in ("ANA", "BEN"))
    approved(ben, starts_at=after(days=-2))
    booking = ReadyFactory.create(ref="B-1")
    sweep(now=NOW, slot="s", actor=COMMAND)

    give(booking, ben, leaving=ana)
    done = undo.undo_run(Run.objects.get(), now=NOW, actor=COMMAND, reason="A mistake.")

    assert done.undone == ()
    assert done.kept == (("B-1", "Other people are assigned now."),)
    assert work(booking)[-1] == ("BEN", 1, "active", True)
    assert_sound()
