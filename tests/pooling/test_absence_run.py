"""Carrying out an absence: once, resumed, and past what the database refuses."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.models import (
    Assignment,
    AuditEvent,
    Booking,
    BookingPerson,
    Interpreter,
    Presence,
)
from assignment.policies import current_policy
from assignment.sessions.presence import set_presence
from pooling import recovery, runs
from pooling.absence import preview_absence
from pooling.absence_chunk import Absence, give_away
from pooling.absence_run import complete_absence
from pooling.models import PlanRow, Run
from tests.factories.bookings import (
    NOW,
    AssignmentFactory,
    BookingFactory,
    after,
    approved,
)
from tests.pooling.absent import apply, busy, people, preview, proposed
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


def test_applied_twice_it_answers_with_the_stored_result() -> None:
    ana, _ = people("ANA", "BEN")
    approved(ana)
    plan = preview(ana)
    first = apply(plan)
    before = digest()

    assert apply(plan) == first
    assert digest() == before


def test_a_run_whose_process_died_is_brought_to_its_end_by_the_tick() -> None:
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1")
    plan = preview(ana)
    run = runs.open_run(
        runs.Order(
            kind=plan.kind, key="apply_plan:1", plan=plan, now=NOW, actor=COMMAND, reason="Ill."
        )
    )
    Run.objects.filter(pk=run.pk).update(started_at=NOW - dt.timedelta(days=300))

    assert recovery.finish_abandoned(now=NOW, actor=COMMAND) == 1
    assert busy(booking) == ["BEN"]
    run.refresh_from_db()
    assert (run.state, run.assigned) == ("done", 1)


def test_a_row_that_the_database_refuses_stays_alone() -> None:
    ana, ben = people("ANA", "BEN")
    first, second = (approved(ana, ref=f"B-{n}", starts_at=after(days=n)) for n in (1, 2))
    AssignmentFactory.create(
        booking=second,
        interpreter=ben,
        position=2,
        state="completed",
        starts_at=after(days=-2),
        ends_at=after(days=-2, hours=1),
    )

    done = apply(preview(ana))

    assert done.stale == (("B-2", "The database refused it."),)
    assert [busy(row) for row in (first, second)] == [["BEN"], ["ANA"]]


def shared(ana: Interpreter, ben: Interpreter) -> Booking:
    """A booking for two that both have, and that nobody else can do."""
    booking: Booking = BookingFactory.create(ref="B-1", interpreters_needed=2, state="approved")
    for position, person in enumerate((ana, ben), 1):
        AssignmentFactory.create(booking=booking, interpreter=person, position=position)
    return booking


def test_who_is_pinned_after_the_plan_was_made_stays() -> None:
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1")
    plan = preview(ana)
    BookingPerson.objects.create(booking=booking, interpreter=ana, kind="pinned")

    done = apply(plan)

    assert done.stale == (("B-1", "A person chose ANA for it: it stays, and needs a person."),)
    assert busy(booking) == ["ANA"]


def test_what_a_person_chose_for_two_is_not_taken_apart() -> None:
    ana, ben = people("ANA", "BEN")
    booking = shared(ana, ben)
    late = preview(ana)
    Assignment.objects.filter(interpreter=ben).update(by_hand=True)
    told = (
        "Nobody can take the place of ANA, and a person chose who does it together with ANA: it "
        "stays, and needs a person."
    )

    assert proposed(preview(ana)) == [("B-1", "skip", [], told)]
    assert apply(late).stale == (("B-1", "A person chose who does it together with them."),)
    assert busy(booking) == ["ANA", "BEN"]


def test_rows_that_another_process_settled_meanwhile_are_passed_over() -> None:
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1")
    run = apply(preview(ana)).run
    absence = Absence(
        operation=run.operation, person=ana, policy=current_policy(), now=NOW, actor=COMMAND
    )
    before = digest()

    give_away(list(PlanRow.objects.values_list("pk", flat=True)), absence=absence)

    assert digest() == before
    assert busy(booking) == ["BEN"]


@pytest.mark.parametrize(
    ("days", "before", "after_it", "events"),
    [(0, "online", "offline", 1), (1, "online", "online", 0), (0, "away", "away", 0)],
)
def test_whoever_is_out_by_now_is_not_online_any_more(
    days: float, before: str, after_it: str, events: int
) -> None:
    (ana,) = people("ANA")
    Presence.objects.create(interpreter=ana, status=before, since=NOW)
    plan = preview_absence(ana, starts_at=after(days=days), ends_at=after(days=7), now=NOW)

    apply(plan)
    apply(plan)

    assert Presence.objects.get().status == after_it
    told = AuditEvent.objects.filter(action="presence", object_ref="ANA")
    assert list(told.values_list("from_state", "to_state")) == [("online", "offline")] * events


def test_coming_online_again_is_left_alone_when_the_run_is_asked_for_once_more() -> None:
    ana, _ = people("ANA", "BEN")
    plan = preview(ana)
    Presence.objects.create(interpreter=ana, status="online", since=NOW)
    run = apply(plan).run
    set_presence(ana.pk, "online", now=NOW, actor=COMMAND)

    complete_absence(run, now=NOW, actor=COMMAND)

    assert Presence.objects.get().status == "online"
