"""An interpreter is out: one plan for all their bookings, exactly carried out."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from assignment.errors import InputError
from assignment.models import (
    Assignment,
    AuditEvent,
    Booking,
    BookingPerson,
    Decision,
    Interpreter,
    Leave,
)
from monitoring.audits.decisions import everybody_bound_follows_from_the_record
from pooling.absence import preview_absence
from pooling.models import Plan
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after, approved
from tests.factories.people import LeaveFactory
from tests.invariants import assert_sound
from tests.pooling.absent import apply, busy, people, preview, proposed
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db


def test_the_preview_writes_nothing_but_a_plan_over_exactly_her_bookings() -> None:
    ana, ben, _ = people("ANA", "BEN", "CEM")
    approved(ana, ref="B-1", starts_at=after(days=1))
    approved(ana, ref="B-2", starts_at=after(days=1, hours=2))
    approved(ana, ref="B-9", starts_at=after(days=8))
    approved(ben, ref="B-3", starts_at=after(days=1), hours_long=1.5)
    before = digest(without=("pooling_plan", "pooling_planrow", "assignment_roster"))

    plan = preview(ana)

    # Ben is busy with B-3; then 1.5 h and 2 h are more even than 2.5 h and 1 h
    assert proposed(plan) == [("B-1", "assign", ["CEM"], ""), ("B-2", "assign", ["CEM"], "")]
    assert (plan.kind, plan.absent, plan.absent_from, plan.absent_until) == (
        "absence",
        ana,
        NOW,
        after(days=7),
    )
    assert digest(without=("pooling_plan", "pooling_planrow", "assignment_roster")) == before
    assert Leave.objects.count() == 0


def test_together_is_better_than_one_after_the_other() -> None:
    # Ben could do both, Cem the first alone: booking by booking Ben would get B-1, none B-2
    ana, ben, _ = people("ANA", "BEN", "CEM")
    cem = Interpreter.objects.get(ref="CEM")
    approved(ana, ref="B-1", starts_at=after(days=1))
    approved(ana, ref="B-2", starts_at=after(days=1, hours=1))
    approved(cem, ref="B-5", starts_at=after(days=-2), hours_long=4.0)
    LeaveFactory.create(interpreter=cem, starts_at=after(days=1, hours=1), ends_at=after(days=2))
    Interpreter.objects.filter(pk=ben.pk).update(daily_minutes_cap=60)

    assert [row[:3] for row in proposed(preview(ana))] == [
        ("B-1", "assign", ["CEM"]),
        ("B-2", "assign", ["BEN"]),
    ]


def test_applying_enters_the_leave_and_gives_the_bookings_away() -> None:
    ana, _ = people("ANA", "BEN")
    first = approved(ana, ref="B-1", starts_at=after(days=1))
    second = approved(ana, ref="B-2", starts_at=after(days=2))
    plan = preview(ana)

    done = apply(plan)

    assert (done.applied, done.stale, done.run.state) == (2, (), "done")
    assert [busy(row) for row in (first, second)] == [["BEN"], ["BEN"]]
    leave = Leave.objects.get()
    assert (leave.interpreter, leave.starts_at, leave.ends_at, leave.reason) == (
        ana,
        NOW,
        after(days=7),
        "She has the flu.",
    )
    assert steps(first) == [("substitute", "approved", "approved")]
    event = AuditEvent.objects.get(action="substitute", object_ref="B-1")
    assert event.changes == {"people": [["ANA"], ["BEN"]]}
    assert event.reason == "ANA is out. She has the flu."
    assert AuditEvent.objects.filter(action="interpreter_changed", object_ref="ANA").count() == 1
    assert Decision.objects.filter(operation=done.run.operation).count() == 2
    assert everybody_bound_follows_from_the_record(NOW).wrong == ()
    assert columns(first, "state", "version") == {"state": "approved", "version": 1}
    assert_sound()


def test_what_finds_nobody_goes_to_a_person_with_the_reason() -> None:
    (ana,) = people("ANA")
    booking = approved(ana, ref="B-1", starts_at=after(days=1))

    done = apply(preview(ana))

    assert (done.run.escalated, busy(booking)) == (1, [])
    assert columns(booking, "state", "escalation_code", "escalation_text") == {
        "state": "waiting",
        "escalation_code": "nobody_available",
        "escalation_text": "ANA is out. Nobody of 1 can: 1 on leave.",
    }
    assert steps(booking) == [("hand_back", "approved", "escalated")]
    assert_sound()


@pytest.mark.parametrize("how", ["pinned", "by hand"])
def test_what_a_person_chose_stays_and_is_named(how: str) -> None:
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1", starts_at=after(days=1))
    if how == "pinned":
        BookingPerson.objects.create(booking=booking, interpreter=ana, kind="pinned")
    else:
        Assignment.objects.update(by_hand=True)
    told = "A person chose ANA for it: it stays, and needs a person."
    plan = preview(ana)

    done = apply(plan)

    assert proposed(plan) == [("B-1", "skip", [], told)]
    assert (done.applied, done.stale, busy(booking)) == (0, (("B-1", told),), ["ANA"])


def test_what_has_started_stays() -> None:
    ana, _ = people("ANA", "BEN")
    approved(ana, ref="B-1", starts_at=after(minutes=-10))

    assert proposed(preview(ana)) == [("B-1", "skip", [], "It has started: it stays.")]


def test_of_a_booking_for_two_only_the_place_of_who_is_out_is_filled_again() -> None:
    ana, ben, cem = people("ANA", "BEN", "CEM")
    booking = BookingFactory.create(ref="B-1", interpreters_needed=2, state="approved")
    for position, person in enumerate((ana, ben), 1):
        AssignmentFactory.create(booking=booking, interpreter=person, position=position)

    apply(preview(ana))
    assert busy(booking) == ["CEM", "BEN"]
    apply(preview(cem))

    assert busy(booking) == []
    assert columns(booking, "escalation_code") == {"escalation_code": "nobody_available"}
    assert_sound()


def test_rows_that_went_stale_or_were_left_out_stay_as_they_were() -> None:
    ana, ben = people("ANA", "BEN")
    rows = [approved(ana, ref=f"B-{n}", starts_at=after(days=n)) for n in (1, 2, 3, 4, 5)]
    plan = preview(ana)
    LeaveFactory.create(interpreter=ben, starts_at=after(days=2), ends_at=after(days=2, hours=1))
    Booking.objects.filter(ref="B-3").update(version=2)
    Assignment.objects.filter(booking__ref="B-4").update(state="withdrawn")
    Booking.objects.filter(ref="B-4").update(state="cancelled")

    done = apply(plan, rows[4])

    assert done.stale == (
        ("B-2", "BEN is now on leave."),
        ("B-3", "The booking was changed."),
        ("B-4", "It is cancelled now."),
    )
    assert [busy(row) for row in rows] == [["BEN"], ["ANA"], ["ANA"], [], ["ANA"]]
    assert (done.applied, done.run.assigned, done.run.pooled) == (1, 1, 4)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (after(days=2), after(days=2), "The absence must end after it begins."),
        (
            after(days=-2),
            NOW,
            "The absence is over already: choose an end that is still to come.",
        ),
        (
            NOW,
            after(days=367),
            "An absence lasts at most a year: make the person inactive instead.",
        ),
    ],
)
def test_a_window_that_cannot_be_is_refused(start: Any, end: Any, text: str) -> None:
    (ana,) = people("ANA")

    with pytest.raises(InputError) as caught:
        preview_absence(ana, starts_at=start, ends_at=end, now=NOW)

    assert (str(caught.value), Plan.objects.count()) == (text, 0)


def test_it_costs_the_same_for_few_and_for_many(django_assert_num_queries: Any) -> None:
    ana, *_ = people("ANA", *(f"P{n}" for n in range(10)))
    for day in (1, 2, 3):
        approved(ana, starts_at=after(days=day))
        # on PostgreSQL one more: bookings that somebody else keeps locked are left out
        with django_assert_num_queries(27 if connection.vendor == "postgresql" else 26):
            preview(ana)
