"""The plan of an absence promises the very spread of hours that its run then reports."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assignment.engine.opportunity import pack_people, unpack_people
from assignment.models import Assignment, Booking, Interpreter, Opportunity, Policy
from pooling.absence import preview_absence
from pooling.models import Plan
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after, approved
from tests.factories.people import LeaveFactory
from tests.pooling.absent import apply, people, preview, proposed

pytestmark = pytest.mark.django_db


def promised_and_reported(person: Interpreter, *, days: float = 7) -> tuple[float, float]:
    """The spread that the plan promises, and the one that its run reports."""
    plan = preview(person, days=days)
    return plan.spread_after, reported(plan)["after"]


def reported(plan: Plan) -> dict[str, float]:
    """The spread before and after that the run of a plan reports."""
    result: dict[str, Any] = apply(plan).run.operation.result or {}
    found: dict[str, float] = result["fairness"]
    return found


def test_leave_alone_counts_what_the_others_get_meanwhile() -> None:
    ana, ben, _ = people("ANA", "BEN", "CEM")
    approved(ben, starts_at=after(days=1), hours_long=2)
    plan = preview(ana)

    # 0, 2 and 0 hours; then Ana is counted the average of the two others, which is 1
    assert (plan.spread_before, plan.spread_after) == (0.9428, 0.8165)
    assert reported(plan) == {"before": 0.9428, "after": 0.8165}


def test_of_an_entitlement_to_a_freed_booking_only_the_new_one_counts() -> None:
    Policy.objects.update(fair_share="opportunity")
    ana, ben, cem = people("ANA", "BEN", "CEM")
    booking = approved(ana, starts_at=after(days=1), hours_long=3)
    Opportunity.objects.create(booking=booking, people=pack_people([ana.pk, ben.pk, cem.pk]))
    plan = preview(ana)

    # entitled to 1 each: 2, -1 and -1 above it. Then Ben or Cem has it, and both could: 1.5, -1.5
    assert (plan.spread_before, plan.spread_after) == (1.4142, 1.2247)
    assert reported(plan) == {"before": 1.4142, "after": 1.2247}
    (kept,) = Opportunity.objects.all()
    assert list(unpack_people(kept.people)) == [ben.pk, cem.pk]


def busy_week(*, weights: tuple[float, ...] = (1, 1, 0.5, 1)) -> Interpreter:
    """Ana out of four has work of her own, for two with Ben, and some that nobody else can do."""
    everybody = people("ANA", "BEN", "CEM", "DAN")
    for person, weight in zip(everybody, weights, strict=True):
        Interpreter.objects.filter(pk=person.pk).update(weight=weight)
    ana, ben, cem, dan = everybody
    Interpreter.objects.filter(pk=ana.pk).update(languages="ja;th;fr")
    Interpreter.objects.filter(pk=ben.pk).update(languages="ja;th;fr;de")
    LeaveFactory.create(interpreter=dan, starts_at=after(days=2), ends_at=after(days=4))
    for day in range(1, 6):
        approved(ana, ref=f"A-{day}", starts_at=after(days=day), hours_long=1.3)
        approved(ben, ref=f"B-{day}", starts_at=after(days=day, hours=2), hours_long=0.7)
    approved(cem, ref="C-1", starts_at=after(days=3, hours=15), hours_long=5)
    approved(ana, ref="L-1", starts_at=after(days=3, hours=5), languages="fr")
    approved(ana, ref="L-2", starts_at=after(days=4, hours=5), languages="fr", hours_long=2)
    for ref, hours, language in (("T-1", 8, "ja"), ("T-2", 11, "fr")):
        shared = BookingFactory.create(
            ref=ref,
            interpreters_needed=2,
            state="approved",
            starts_at=after(days=4, hours=hours),
            languages=language,
        )
        AssignmentFactory.create(booking=shared, interpreter=ana, position=1)
        AssignmentFactory.create(booking=shared, interpreter=ben, position=2)
    AssignmentFactory.create(
        booking=BookingFactory.create(
            ref="H-1", state="approved", starts_at=after(days=5, hours=9)
        ),
        interpreter=ana,
        by_hand=True,
    )
    return ana


@pytest.mark.parametrize("fair_share", ["outcome", "opportunity"])
@pytest.mark.parametrize("factor", [1.0, 1.7])
@pytest.mark.parametrize("is_kept", [True, False])
def test_what_is_promised_is_reported(fair_share: str, factor: float, is_kept: bool) -> None:
    Policy.objects.update(fair_share=fair_share, night_factor=factor, weekend_factor=factor)
    ana = busy_week()
    ids = sorted(Interpreter.objects.values_list("pk", flat=True))
    if is_kept:
        for place, booking in enumerate(Booking.objects.order_by("pk")):
            could = ids if place % 2 else ids[:3]
            Opportunity.objects.create(booking=booking, people=pack_people(could))
    plan = preview(ana)

    outcomes = {ref: outcome for ref, outcome, _, _ in proposed(plan)}
    assert outcomes["H-1"] == "skip"
    assert {outcomes["L-1"], outcomes["T-1"]} == {"assign"}
    assert outcomes["T-2"] == "stop"
    assert reported(plan)["after"] == plan.spread_after
    assert Assignment.objects.filter(booking__ref="T-2", state="active").count() == 0


@pytest.mark.parametrize("fair_share", ["outcome", "opportunity"])
def test_leave_that_is_entered_already_is_counted_once(fair_share: str) -> None:
    Policy.objects.update(fair_share=fair_share)
    ana = busy_week()
    LeaveFactory.create(interpreter=ana, starts_at=NOW, ends_at=after(days=7))
    LeaveFactory.create(interpreter=ana, starts_at=after(days=6), ends_at=after(days=9))

    promised, reported = promised_and_reported(ana)

    assert promised == reported


def test_two_plans_one_after_the_other_are_both_true() -> None:
    ana = busy_week(weights=(1, 1, 1, 1))
    ben = Interpreter.objects.get(ref="BEN")

    assert len(set(promised_and_reported(ana, days=3))) == 1
    assert len(set(promised_and_reported(ben, days=30))) == 1


def test_an_absence_that_began_before_counts_from_its_beginning() -> None:
    ana, ben, _ = people("ANA", "BEN", "CEM")
    approved(ben, starts_at=after(days=-2), hours_long=2)
    week = dt.timedelta(days=3)
    plan = preview_absence(ana, starts_at=NOW - week, ends_at=NOW + week, now=NOW)

    assert (plan.spread_before, plan.spread_after) == (0.9428, 0.8165)
    assert reported(plan)["after"] == 0.8165
