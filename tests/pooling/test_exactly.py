"""A plan that was shown: what it finds stale it leaves exactly as it was, and names it."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.audit import COMMAND
from assignment.enums import PoolStatus
from assignment.models import Assignment, Booking, Leave
from pooling import exactly, pool, runs
from pooling.leftovers import leave_what_is_locked
from pooling.models import Plan, PlanRow, Run
from pooling.plans import apply_plan
from pooling.sweep import sweep
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
    after,
)
from tests.factories.people import InterpreterFactory
from tests.monitoring.audits.spoiling import change, unguarded
from tests.pooling.carrying_out import REASON, carry_out, figures, shown
from tests.pooling.steps import columns, steps

pytestmark = pytest.mark.django_db


def as_found(booking: Booking) -> dict[str, Any]:
    """All columns of the pool but the fence, which only ever rises."""
    return {name: value for name, value in columns(booking).items() if name != "pool_fence"}


def people_of(booking: Booking) -> list[int]:
    """Who is bound."""
    rows = Assignment.objects.filter(booking=booking, state="active").order_by("position")
    return list(rows.values_list("interpreter_id", flat=True))


def on_leave(person: Any) -> None:
    """Away for the whole time of the tests."""
    Leave.objects.create(interpreter=person, starts_at=NOW, ends_at=after(days=90))


def test_those_who_were_shown_are_bound_though_another_choice_would_be_better_by_now() -> None:
    first = InterpreterFactory.create()
    waiting, ready, failed = (
        WaitingFactory.create(),
        ReadyFactory.create(),
        FailedFactory.create(starts_at=after(days=3)),
    )
    plan = shown()
    InterpreterFactory.create()

    done = carry_out(plan)

    assert figures(done) == [3, 3, 0, 0, 0]
    assert [people_of(row) for row in (waiting, ready, failed)] == [[first.pk]] * 3
    assert done.report.run == Run.objects.get(plan=plan).pk


@pytest.mark.parametrize("factory", [WaitingFactory, ReadyFactory, FailedFactory])
def test_a_stale_row_stays_just_as_it_was_and_is_named(factory: Any) -> None:
    ill = InterpreterFactory.create()
    booking = factory.create()
    Booking.objects.filter(pk=booking.pk).update(pool_next_attempt_at=after(hours=1))
    plan, before = shown(), as_found(booking)
    on_leave(ill)

    done = carry_out(plan)

    assert as_found(booking) == before
    assert done.stale == ((booking.ref, f"{ill.ref} is now on leave."),)
    assert figures(done) == [1, 0, 0, 0, 1]
    assert done.as_json()["entries"][0]["interpreters"] == []
    status = before["pool_status"]
    assert steps(booking)[-2:] == [
        ("claim", "ready", "processing"),
        ("unclaim", "processing", status),
    ]


def test_a_booking_that_was_edited_since_is_stale() -> None:
    InterpreterFactory.create()
    booking = WaitingFactory.create()
    plan = shown()
    Booking.objects.filter(pk=booking.pk).update(version=2)

    assert carry_out(plan).stale == ((booking.ref, "The booking was changed."),)
    assert columns(booking)["pool_status"] == "waiting"


def test_what_nobody_could_take_goes_to_a_person_with_the_reason_that_was_shown() -> None:
    InterpreterFactory.create()
    nobody = WaitingFactory.create(languages="is")
    plan = shown()
    told = PlanRow.objects.get(plan=plan).reason_text

    done = carry_out(plan)

    nobody.refresh_from_db()
    assert figures(done) == [1, 0, 1, 0, 0]
    assert (nobody.escalation_code, nobody.escalation_text) == ("nobody_qualified", told)


def test_what_somebody_can_take_by_now_is_not_handed_to_a_person() -> None:
    nobody = WaitingFactory.create(languages="is")
    other = WaitingFactory.create(languages="is", starts_at=after(days=21))
    plan, before = shown(), as_found(nobody)
    InterpreterFactory.create(languages="is")

    done = carry_out(plan)

    assert as_found(nobody) == before
    assert done.stale == tuple(
        (ref, "Somebody can take it now.") for ref in sorted((nobody.ref, other.ref))
    )


def test_leaving_a_row_out_frees_its_person_so_that_nobody_can_is_no_longer_true() -> None:
    InterpreterFactory.create()
    dr = ReadyFactory.create(meeting_type="DR")
    general = ReadyFactory.create(meeting_type="General")
    plan = shown()
    outcomes = dict(PlanRow.objects.values_list("booking__ref", "outcome"))
    assert outcomes == {dr.ref: "assign", general.ref: "stop"}
    before = [as_found(dr), as_found(general)]

    done = carry_out(plan, leave_out=[dr.pk])

    assert [as_found(dr), as_found(general)] == before
    assert done.left_out == (dr.ref,)
    assert done.stale == ((general.ref, "Somebody can take it now."),)
    assert figures(done) == [2, 0, 0, 0, 2]
    assert steps(dr) == []


@pytest.mark.parametrize("chunk", [1, 200])
def test_nobody_can_is_judged_when_all_who_were_chosen_are_bound(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(runs, "CHUNK", chunk)
    monkeypatch.setattr(exactly, "CHUNK", chunk)
    InterpreterFactory.create()
    dr = FailedFactory.create(meeting_type="DR")
    general = ReadyFactory.create(meeting_type="General")
    plan = shown()
    PlanRow.objects.filter(booking=dr).update(place=3)

    done = carry_out(plan)

    dr.refresh_from_db()
    general.refresh_from_db()
    assert figures(done) == [2, 1, 1, 0, 0]
    assert (dr.state, general.escalation_code) == ("approved", "nobody_available")


@pytest.mark.parametrize("factory", [WaitingFactory, FailedFactory])
def test_what_was_called_up_and_cannot_be_claimed_goes_back_to_how_it_was(factory: Any) -> None:
    InterpreterFactory.create()
    booking = factory.create()
    before, plan = as_found(booking), shown()
    order = runs.Order(
        kind="emergency", key="one", plan=plan, now=NOW, actor=COMMAND, reason=REASON
    )
    run = runs.open_run(order)
    exactly.call_up(run, now=NOW, actor=COMMAND)
    assert columns(booking)["pool_status"] == "ready"

    leave_what_is_locked(run, actor=COMMAND)

    assert as_found(booking) == before
    assert steps(booking)[-1] == ("call_off", "ready", before["pool_status"])
    row = PlanRow.objects.get()
    assert (row.result, row.stale[:24]) == ("pooled", "Somebody kept it locked:")


def test_what_another_run_settled_meanwhile_is_skipped_and_named() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()
    plan = shown()
    sweep(now=NOW, slot="between", actor=COMMAND)

    done = carry_out(plan)

    assert done.stale == ((booking.ref, "Somebody else settled it before its turn came."),)
    assert figures(done) == [1, 0, 0, 0, 1]


def test_what_a_worker_holds_is_left_to_it() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()
    elsewhere = ProcessingFactory.create(starts_at=after(days=5))
    plan = shown()
    pool.claim(Booking.objects.filter(pk=booking.pk), limit=1, actor=COMMAND, operation_key="tick")
    before = columns(booking)

    done = carry_out(plan)

    assert columns(booking) == before
    assert done.stale == ((booking.ref, "A worker was deciding it already."),)
    assert done.held == (elsewhere.ref,)
    assert figures(done) == [2, 0, 0, 0, 2]


def test_what_came_after_the_preview_is_named_and_not_touched() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    plan = shown()
    late = [WaitingFactory.create(ref="Z"), FailedFactory.create(ref="A", starts_at=after(days=8))]
    BookingFactory.create(starts_at=after(days=9))
    before = [columns(row) for row in late]

    done = carry_out(plan)

    assert done.came_since == ("A", "Z")
    assert [columns(row) for row in late] == before
    assert figures(done) == [1, 1, 0, 0, 0]
    assert "Z  It came after the preview: not touched." in done.as_text()


def test_what_cannot_be_decided_goes_to_a_person_in_an_emergency_alone() -> None:
    InterpreterFactory.create()
    booking = WaitingFactory.create()
    plan = shown()
    PlanRow.objects.update(outcome="error", chosen=[], reason_code="errors")

    done = carry_out(plan)

    booking.refresh_from_db()
    assert figures(done) == [1, 0, 1, 0, 0]
    assert (booking.escalation_code, booking.escalation_text) == ("errors", "Deciding failed.")


def test_elsewhere_what_cannot_be_decided_is_left_and_named() -> None:
    InterpreterFactory.create()
    booking = WaitingFactory.create()
    plan = shown()
    Plan.objects.update(kind="entries")
    PlanRow.objects.update(outcome="error", chosen=[], reason_code="errors")
    plan.refresh_from_db()

    done = apply_plan(plan, leave_out=(), now=NOW, actor=COMMAND, reason=REASON)

    assert done.stale == ((booking.ref, "Deciding failed."),)
    assert columns(booking)["pool_status"] == PoolStatus.WAITING


def test_a_corrupt_entry_fails_and_its_neighbours_are_carried_out() -> None:
    InterpreterFactory.create()
    good, bad = WaitingFactory.create(), WaitingFactory.create(starts_at=after(days=30))
    with unguarded():
        change(bad, ends_at=bad.starts_at)

        done = carry_out(shown())

    good.refresh_from_db()
    bad.refresh_from_db()
    assert figures(done) == [2, 1, 0, 1, 0]
    assert (good.state, bad.pool_status) == ("approved", "failed")
