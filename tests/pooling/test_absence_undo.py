"""The undo of an absence: the leave goes, the bookings go back, and the same the other way."""

from __future__ import annotations

import pytest

from assignment.audit import COMMAND
from assignment.models import (
    Assignment,
    AuditEvent,
    AvailabilityChange,
    Booking,
    Interpreter,
    Leave,
)
from pooling.changes import cancel_bookings
from pooling.decision_undo import run_to_undo
from pooling.models import Run
from pooling.undo import Undone, can_be_undone, preview_undo, undo_run
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after, approved
from tests.factories.people import LeaveFactory
from tests.invariants import assert_sound
from tests.pooling.absent import apply, busy, people, preview
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db


def undo(run: Run | None, *only: Booking, days: float = 0) -> Undone:
    """Take a run back, after the preview foretold exactly what becomes of it."""
    assert run is not None
    ids = [row.pk for row in only]
    before = digest()
    foretold = preview_undo(run, now=after(days=days), only=ids)
    assert digest() == before
    done = undo_run(run, now=after(days=days), actor=COMMAND, reason="She is well.", only=ids)
    assert outcome(done) == outcome(foretold)
    assert_sound()
    return done


def outcome(found: Undone) -> tuple[object, ...]:
    """What becomes of the bookings and the leave."""
    refs = tuple(ref for ref, _ in found.unfit)
    return found.undone, found.kept, found.given, refs, found.leave


def out() -> tuple[Run, Booking]:
    """Ana is out, and Ben has her booking."""
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1")
    return apply(preview(ana)).run, booking


def test_the_leave_goes_and_the_bookings_go_back_to_her() -> None:
    run, booking = out()

    done = undo(run)

    assert (done.undone, done.kept, done.given, done.unfit) == (("B-1",), (), ("B-1",), ())
    assert (done.leave, Leave.objects.count(), busy(booking)) == ("", 0, ["ANA"])
    assert steps(booking) == [("substitute", "approved", "approved")] * 2
    event = AuditEvent.objects.filter(object_ref="B-1").latest("pk")
    assert (event.changes, event.reason) == ({"people": [["BEN"], ["ANA"]]}, "She is well.")
    gone = AuditEvent.objects.filter(action="interpreter_changed").latest("pk")
    assert gone.changes == {"leave": {"deleted": ["Person ANA 2026-11-23 to 2026-11-30"]}}
    assert AvailabilityChange.objects.filter(reason="Their absence was undone.").count() == 1
    assert columns(booking, "state", "escalation_code") == {
        "state": "approved",
        "escalation_code": "",
    }


def test_the_undo_can_be_undone_and_that_again() -> None:
    run, booking = out()
    chain = [run]
    for person, leave in (("ANA", 0), ("BEN", 1), ("ANA", 0), ("BEN", 1)):
        done = undo(chain[-1])
        assert done.run is not None
        chain.append(done.run)
        assert (busy(booking), Leave.objects.count()) == ([person], leave)
        assert (done.given, done.leave) == (("B-1",), "")
        assert run_to_undo(booking, now=NOW) == done.run
    assert [one.kind for one in chain] == ["absence", "undo", "redo", "undo", "redo"]
    assert [can_be_undone(one) for one in chain] == [False, False, False, False, True]


def test_asked_twice_it_answers_with_the_stored_result() -> None:
    run, _ = out()
    first = undo(run)
    before = digest()

    assert undo_run(run, now=NOW, actor=COMMAND, reason="She is well.") == first
    assert digest() == before


def test_what_does_not_fit_her_any_more_goes_to_a_person() -> None:
    run, booking = out()
    ana = Interpreter.objects.get(ref="ANA")
    LeaveFactory.create(interpreter=ana, starts_at=booking.starts_at, ends_at=booking.ends_at)

    done = undo(run)

    assert (done.undone, done.given) == (("B-1",), ())
    assert done.unfit == (("B-1", "ANA is now on leave."),)
    assert (busy(booking), Leave.objects.count()) == ([], 1)
    assert columns(booking, "escalation_code", "escalation_text") == {
        "escalation_code": "undone",
        "escalation_text": f"Run {run.pk} was undone: She is well. ANA is now on leave.",
    }
    again = undo(done.run)
    assert (again.given, busy(booking)) == (("B-1",), ["BEN"])


def test_of_two_that_overlap_by_now_only_one_goes_back() -> None:
    ana, *_ = people("ANA", "BEN", "CEM")
    first = approved(ana, ref="B-1", starts_at=after(days=1))
    second = approved(ana, ref="B-2", starts_at=after(days=2))
    run = apply(preview(ana)).run
    Assignment.objects.filter(booking=second).update(
        starts_at=first.starts_at, ends_at=first.ends_at
    )
    Booking.objects.filter(pk=second.pk).update(starts_at=first.starts_at, ends_at=first.ends_at)

    assert undo(run).unfit == (("B-2", "ANA is now busy with other work."),)
    assert (busy(first), busy(second)) == (["ANA"], [])


def test_what_found_nobody_goes_back_to_her_too() -> None:
    (ana,) = people("ANA")
    booking = approved(ana, ref="B-1")
    run = apply(preview(ana)).run

    done = undo(run)

    assert (done.given, busy(booking)) == (("B-1",), ["ANA"])
    assert steps(booking)[1:] == [
        ("assign", "escalated", "approved"),
        ("substitute", "approved", "approved"),
    ]
    again = undo(done.run)
    assert again.unfit == (("B-1", "Nobody else was found for it."),)
    assert (busy(booking), Leave.objects.count()) == ([], 1)
    assert (undo(again.run).given, busy(booking)) == (("B-1",), ["ANA"])


def test_a_booking_for_two_goes_back_whole() -> None:
    ana, ben, _ = people("ANA", "BEN", "CEM")
    Interpreter.objects.filter(ref__in=("ANA", "BEN")).update(languages="ja;th;fr")
    rows = [
        BookingFactory.create(
            ref=f"B-{day}",
            interpreters_needed=2,
            state="approved",
            languages=languages,
            starts_at=after(days=day),
        )
        for day, languages in ((1, "ja;th"), (2, "fr"))
    ]
    for booking in rows:
        AssignmentFactory.create(booking=booking, interpreter=ben, position=1)
        AssignmentFactory.create(booking=booking, interpreter=ana, position=2)
    run = apply(preview(ana)).run
    assert [busy(row) for row in rows] == [["BEN", "CEM"], []]

    done = undo(run)

    assert (done.given, done.kept) == (("B-1", "B-2"), ())
    assert [busy(row) for row in rows] == [["BEN", "ANA"], ["BEN", "ANA"]]
    again = undo(done.run)
    assert [busy(row) for row in rows] == [["BEN", "CEM"], []]
    undo(again.run)
    assert [busy(row) for row in rows] == [["BEN", "ANA"], ["BEN", "ANA"]]


def test_a_booking_for_two_that_went_to_a_person_is_given_away_whole_again() -> None:
    ana, ben, _ = people("ANA", "BEN", "CEM")
    booking = BookingFactory.create(ref="B-1", interpreters_needed=2, state="approved")
    for position, person in enumerate((ana, ben), 1):
        AssignmentFactory.create(booking=booking, interpreter=person, position=position)
    run = apply(preview(ana)).run
    Interpreter.objects.filter(ref="ANA").update(active=False)

    done = undo(run)

    assert (done.unfit, busy(booking)) == ((("B-1", "ANA is now not active."),), [])
    assert undo(done.run).given == ("B-1",)
    assert busy(booking) == ["CEM", "BEN"]


def test_whoever_is_busy_by_now_does_not_get_it_again() -> None:
    run, booking = out()
    taken = undo(run)
    approved(Interpreter.objects.get(ref="BEN"), ref="B-2", starts_at=after(days=1, minutes=30))

    again = undo(taken.run)

    assert again.unfit == (("B-1", "BEN is now busy with other work."),)
    assert (busy(booking), Leave.objects.count()) == ([], 1)


def test_what_started_or_was_touched_since_stays_and_is_named() -> None:
    ana, _ = people("ANA", "BEN")
    rows = [approved(ana, ref=f"B-{n}", starts_at=after(days=n)) for n in (1, 2, 3, 4)]
    run = apply(preview(ana)).run
    cancel_bookings([rows[1].pk], now=NOW, actor=COMMAND, reason="Not needed.")
    Booking.objects.filter(ref="B-3").update(version=2)

    done = undo(run, days=1)

    assert done.kept == (
        ("B-1", "It has started."),
        ("B-2", "It is cancelled now."),
        ("B-3", "It was edited since."),
    )
    assert (done.given, done.leave, Leave.objects.count()) == (("B-4",), "", 0)


def test_an_absence_in_which_nothing_moved_can_be_undone() -> None:
    (ana,) = people("ANA")
    run = apply(preview(ana)).run
    assert can_be_undone(run)

    done = undo(run)

    assert (done.undone, done.leave, Leave.objects.count()) == ((), "", 0)
    assert done.run is not None
    assert can_be_undone(done.run)
    assert (undo(done.run).leave, Leave.objects.count()) == ("", 1)


def test_leave_that_was_there_before_stays() -> None:
    (ana,) = people("ANA")
    LeaveFactory.create(interpreter=ana, starts_at=NOW, ends_at=after(days=7), reason="A holiday")
    run = apply(preview(ana)).run

    assert (can_be_undone(run), Leave.objects.count()) == (False, 1)
    assert preview_undo(run, now=NOW).leave == "It had been entered before."


@pytest.mark.parametrize("what", ["longer", "reason", "gone"])
def test_leave_that_was_changed_since_stays_and_is_named(what: str) -> None:
    run, booking = out()
    leave = Leave.objects.all()
    if what == "longer":
        leave.update(ends_at=after(days=9))
    elif what == "reason":
        leave.update(reason="Parental leave.")
    else:
        leave.delete()
    count = Leave.objects.count()

    done = undo(run)

    assert (done.leave, Leave.objects.count()) == ("It was changed or removed since.", count)
    assert busy(booking) == (["ANA"] if what == "gone" else [])


def test_leave_on_which_another_run_relies_stays() -> None:
    ana, *_ = people("ANA", "BEN")
    first, second = (approved(ana, ref=f"B-{n}", starts_at=after(days=n)) for n in (1, 2))
    run = apply(preview(ana), second).run
    other = apply(preview(ana)).run
    assert (busy(first), busy(second)) == (["BEN"], ["BEN"])

    done = undo(run)

    assert (done.leave, Leave.objects.count()) == (f"Run {other.pk} relies on it.", 1)
    assert done.unfit == (("B-1", "ANA is now on leave."),)


def test_one_decision_alone_goes_to_a_person_for_the_leave_stays() -> None:
    run, booking = out()

    done = undo(run, booking)

    assert (done.unfit, done.leave) == ((("B-1", "ANA is now on leave."),), None)
    assert (busy(booking), Leave.objects.count()) == ([], 1)
    assert undo(done.run, booking).given == ("B-1",)
    assert busy(booking) == ["BEN"]
    assert undo(run).leave == ""
