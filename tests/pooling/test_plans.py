"""Applying exactly the plan that was shown."""

from __future__ import annotations

import pytest

from assignment.audit import COMMAND
from assignment.errors import RefusedError
from assignment.models import Assignment, Booking, Leave
from pooling.models import Plan
from pooling.plans import Applied, apply_plan
from pooling.sweep import preview_sweep, sweep
from tests.factories.bookings import NOW, BookingFactory, ReadyFactory, WaitingFactory, after
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db


def shown() -> Plan:
    plan = preview_sweep(now=NOW).plan
    assert plan
    return Plan.objects.get(pk=plan)


def apply(plan: Plan, *, leave_out: tuple[int, ...] = ()) -> Applied:
    return apply_plan(plan, leave_out=leave_out, now=NOW, actor=COMMAND, reason="As shown.")


def people_of(booking: Booking) -> list[int]:
    rows = Assignment.objects.filter(booking=booking, state="active").order_by("position")
    return list(rows.values_list("interpreter_id", flat=True))


def test_apply_plan_binds_what_was_shown() -> None:
    person = InterpreterFactory.create()
    ungated = BookingFactory.create()
    ready = ReadyFactory.create(starts_at=after(days=2))
    plan = shown()

    done = apply(plan)

    assert (done.applied, done.stale) == (2, ())
    assert people_of(ungated) == people_of(ready) == [person.pk]


def test_apply_plan_leaves_out_what_a_person_took_off() -> None:
    InterpreterFactory.create()
    taken, left = ReadyFactory.create_batch(2, starts_at=after(days=2))
    left.starts_at, left.ends_at = after(days=3), after(days=3, hours=1)
    left.save()
    plan = shown()

    done = apply(plan, leave_out=(left.pk,))

    taken.refresh_from_db()
    left.refresh_from_db()
    assert (done.applied, done.stale) == (1, ())
    assert (taken.state, left.state, left.pool_status) == ("approved", "waiting", "ready")


def test_apply_plan_names_a_stale_row_and_leaves_it_untouched() -> None:
    ill = InterpreterFactory.create()
    booking = ReadyFactory.create()
    plan = shown()
    InterpreterFactory.create()
    Leave.objects.create(interpreter=ill, starts_at=NOW, ends_at=after(days=9))

    done = apply(plan)

    booking.refresh_from_db()
    assert (done.applied, done.stale) == (0, ((booking.ref, f"{ill.ref} is now on leave."),))
    assert (booking.state, booking.pool_status) == ("waiting", "ready")
    assert booking.pool_processing_attempts == 0
    assert people_of(booking) == []


def test_apply_plan_has_one_effect_however_often_it_is_asked() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    plan = shown()

    first, second = apply(plan), apply(plan)

    assert first == second
    assert Assignment.objects.count() == 1


def test_apply_plan_names_what_another_run_settled_meanwhile() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()
    plan = shown()
    sweep(now=NOW, slot="between", actor=COMMAND)

    done = apply(plan)

    assert done.stale == ((booking.ref, "Somebody else settled it before its turn came."),)
    assert Assignment.objects.count() == 1


def test_apply_plan_refuses_the_plan_of_a_run() -> None:
    InterpreterFactory.create()
    WaitingFactory.create()
    ReadyFactory.create()
    report = sweep(now=NOW, slot="own", actor=COMMAND)

    with pytest.raises(RefusedError, match=f"Plan {report.plan} belongs to run {report.run}"):
        apply(Plan.objects.get(run=report.run))
