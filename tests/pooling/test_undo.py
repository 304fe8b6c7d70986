"""Undo takes back what a run wrote, keeps what was touched, and can be undone."""

from __future__ import annotations

import pytest

from assignment.audit import COMMAND
from assignment.errors import RefusedError
from assignment.models import Assignment, Booking, Leave
from pooling.changes import cancel_bookings
from pooling.models import Run
from pooling.sweep import sweep
from pooling.tick import tick
from pooling.undo import Undone, preview_undo, undo_run
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.pooling.steps import digest, steps

pytestmark = pytest.mark.django_db


def swept() -> Run:
    sweep(now=NOW, slot="s", actor=COMMAND)
    return Run.objects.get()


def undo(run: Run, *, days: float = 0) -> Undone:
    return undo_run(run, now=after(days=days), actor=COMMAND, reason="By mistake.")


def active(booking: Booking) -> int:
    return Assignment.objects.filter(booking=booking, state="active").count()


def test_undo_hands_the_bookings_to_a_person_and_frees_the_people() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()
    run = swept()

    done = undo(run)

    booking.refresh_from_db()
    assert (done.undone, done.kept) == ((booking.ref,), ())
    assert (booking.state, booking.escalation_code, booking.pool_status) == (
        "waiting",
        "undone",
        None,
    )
    assert booking.escalation_text == f"Run {run.pk} was undone: By mistake."
    assert active(booking) == 0
    assert steps(booking)[-1] == ("undo", "approved", "escalated")
    assert tick(now=NOW, actor=COMMAND).run is None


def test_undo_keeps_what_has_started_or_was_touched_since() -> None:
    InterpreterFactory.create_batch(3)
    started = ReadyFactory.create(starts_at=after(days=1))
    cancelled = ReadyFactory.create(starts_at=after(days=2))
    edited = ReadyFactory.create(starts_at=after(days=3))
    by_hand = ReadyFactory.create(starts_at=after(days=4))
    run = swept()
    cancel_bookings([cancelled.pk], now=NOW, actor=COMMAND, reason="Not needed.")
    Booking.objects.filter(pk=edited.pk).update(version=2)
    Assignment.objects.filter(booking=by_hand).update(by_hand=True)

    done = undo(run, days=1.5)

    assert done.undone == ()
    assert dict(done.kept) == {
        started.ref: "It has started.",
        cancelled.ref: "It is cancelled now.",
        edited.ref: "It was edited since.",
        by_hand.ref: "A person chose it by hand.",
    }


def test_undo_has_one_effect() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    run = swept()
    first = undo(run)
    before = digest()

    assert undo(run) == first
    assert digest() == before


def test_undo_of_an_undo_binds_the_same_people_again() -> None:
    InterpreterFactory.create_batch(3)
    booking = ReadyFactory.create()
    run = swept()
    chosen = Assignment.objects.get(booking=booking).interpreter_id
    first = undo(run)
    assert first.run is not None

    again = undo(first.run)

    booking.refresh_from_db()
    assert (again.undone, again.kept) == ((booking.ref,), ())
    assert (booking.state, booking.escalated_at) == ("approved", None)
    assert Assignment.objects.get(booking=booking, state="active").interpreter_id == chosen
    assert again.run is not None
    assert undo(again.run).undone == (booking.ref,)


def test_undo_of_an_undo_keeps_what_no_longer_fits() -> None:
    person = InterpreterFactory.create()
    booking = ReadyFactory.create()
    first = undo(swept())
    Leave.objects.create(interpreter=person, starts_at=NOW, ends_at=after(days=9))
    assert first.run is not None

    again = undo(first.run)

    assert (again.undone, again.kept) == ((), ((booking.ref, f"{person.ref} is now on leave."),))
    assert active(booking) == 0


def test_preview_of_an_undo_writes_nothing_and_foretells_it() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    ReadyFactory.create(languages="is", starts_at=after(days=2))
    run = swept()
    before = digest()

    foretold = preview_undo(run, now=NOW)

    assert digest() == before
    done = undo(run)
    assert (foretold.undone, foretold.kept) == (done.undone, done.kept)


def test_undo_refuses_a_run_that_is_not_done() -> None:
    run = swept()
    Run.objects.filter(pk=run.pk).update(state="applying")
    run.refresh_from_db()

    with pytest.raises(RefusedError, match=f"Run {run.pk} is not done yet"):
        undo(run)


def test_the_preview_of_undoing_an_undo_names_who_does_not_fit_any_more() -> None:
    person = InterpreterFactory.create(ref="A")
    booking = ReadyFactory.create()
    taken_back = undo(swept()).run
    assert taken_back
    Leave.objects.create(interpreter=person, starts_at=booking.starts_at, ends_at=after(days=3))

    shown = preview_undo(taken_back, now=NOW)
    done = undo(taken_back)

    assert (shown.undone, shown.kept) == (done.undone, done.kept)
    assert shown.kept == ((booking.ref, "A is now on leave."),)
