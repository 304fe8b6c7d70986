"""A sweep's preview as a plan: leaving rows out, applying exactly it, and what went stale."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.models import Assignment, Booking, Leave
from assignment.policies import current_policy, store_policy
from pooling.emergency import preview_emergency
from pooling.models import Plan, PlanRow, Run
from pooling.sweep import preview_sweep
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, in_hours, ready
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

ROLES = ("staff", "viewer", "auditor", "operator", "coordinator", "lead", "superuser")
MAY = ("operator", "coordinator", "lead", "superuser")
PREVIEW = "/admin/sweep/preview/"
REASON = "As shown in the meeting."


def shown() -> Plan:
    """A preview of the sweep."""
    return Plan.objects.get(pk=preview_sweep(now=timezone.now()).plan or 0)


def page(plan: Plan) -> str:
    """The address of a plan's page."""
    return reverse("admin:pooling_plan_change", args=(plan.pk,))


def apply_page(plan: Plan) -> str:
    """The address that applies a plan."""
    return reverse("admin:pooling_plan_apply", args=(plan.pk,))


def apply(client: Client, plan: Plan, **fields: Any) -> Any:
    """Send the form of a plan with the usual reason."""
    return client.post(apply_page(plan), {"reason": REASON} | fields)


def states(*bookings: Booking) -> list[str]:
    """In which state each booking is now."""
    found = Booking.objects.in_bulk([booking.pk for booking in bookings])
    return [found[booking.pk].state for booking in bookings]


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_sweep_previews_and_applies(role: str) -> None:
    InterpreterFactory.create()
    booking = ready()
    plan, client, allowed = shown(), client_of(role), role in MAY

    assert client.get(PREVIEW).status_code == 405
    before = digest()
    looked = client.get(apply_page(plan)).status_code
    offered = apply_page(plan) in client.get(page(plan)).content.decode()
    assert digest() == before
    previewed, sent = client.post(PREVIEW).status_code, apply(client, plan).status_code

    assert (looked, previewed, sent) == ((302,) * 3 if allowed else (403,) * 3)
    assert offered == allowed
    assert states(booking) == (["approved"] if allowed else ["waiting"])


def test_somebody_limited_to_a_team_may_not_apply_for_all() -> None:
    plan, client = shown(), client_of("coordinator")
    TeamFactory.create().staff.add(client.session["_auth_user_id"])

    assert (client.post(PREVIEW).status_code, apply(client, plan).status_code) == (403, 403)


def test_the_preview_of_the_dashboard_opens_its_plan_and_binds_nothing() -> None:
    InterpreterFactory.create()
    booking, client = ready(), client_of("coordinator")
    assert PREVIEW in client.get("/admin/").content.decode()

    answer = client.post(PREVIEW, follow=True)

    assert [row["row"].booking for row in answer.context["plan_rows"]] == [booking]
    assert (states(booking), Run.objects.count()) == (["waiting"], 0)


def test_apply_binds_what_was_shown_without_the_rows_ticked() -> None:
    InterpreterFactory.create()
    taken, left = ready(), ready(starts_at=in_hours(60))
    client = client_of("coordinator")

    answer = apply(client, shown(), leave_out=[left.pk])

    run = Run.objects.get()
    assert answer.headers["Location"] == reverse("admin:pooling_run_change", args=(run.pk,))
    assert states(taken, left) == ["approved", "waiting"]
    result = client.get(answer.headers["Location"])
    assert "Left out by hand." in result.content.decode()
    assert result.context["stale_rows"] == []


def test_a_double_click_has_one_effect() -> None:
    InterpreterFactory.create()
    ready()
    plan, client = shown(), client_of("coordinator")

    once = apply(client, plan)
    before = digest()
    again = apply(client, plan)

    assert once.headers["Location"] == again.headers["Location"]
    assert digest() == before
    assert Assignment.objects.count() == 1
    assert client.get(page(plan)).context["can_apply"] is False


def test_a_stale_row_is_named_and_left_as_it_is() -> None:
    ill = InterpreterFactory.create()
    booking = ready()
    plan, client = shown(), client_of("coordinator")
    Leave.objects.create(interpreter=ill, starts_at=in_hours(0), ends_at=in_hours(99))

    result = client.get(apply(client, plan).headers["Location"])

    rows = [(row.booking, row.stale) for row in result.context["stale_rows"]]
    assert rows == [(booking, f"{ill.ref} is now on leave.")]
    assert f"{ill.ref} is now on leave." in result.content.decode()
    assert states(booking) == ["waiting"]


@pytest.mark.parametrize("reason", ["", "    ", "abcd", "x" * 501])
def test_a_bad_reason_is_asked_for_again_with_the_ticks_kept(reason: str) -> None:
    booking, plan = ready(), shown()

    answer = apply(client_of("coordinator"), plan, reason=reason, leave_out=[booking.pk])

    assert (answer.status_code, Run.objects.count()) == (400, 0)
    assert answer.context["left"] == {booking.pk}
    assert "Write a reason" in answer.content.decode()


def test_turning_to_other_rows_keeps_the_ticks_and_changes_nothing() -> None:
    InterpreterFactory.create()
    taken, nobody = ready(ref="A"), ready(ref="B", languages="sw")
    plan, client = shown(), client_of("coordinator")
    before = digest()

    turned = apply(client, plan, go="result=stop", leave_out=[taken.pk])
    back = apply(client, plan, go="page=1", left_elsewhere=turned.context["left_elsewhere"])

    assert [row["row"].booking for row in turned.context["plan_rows"]] == [nobody]
    assert turned.context["left_elsewhere"] == str(taken.pk)
    assert (back.context["left"], back.context["left_elsewhere"]) == ({taken.pk}, "")
    assert digest() == before


@pytest.mark.parametrize("forged", ["x", "-1", "9" * 40, "1,;", "²"])
def test_forged_ticks_are_passed_over(forged: str) -> None:
    InterpreterFactory.create()
    booking = ready(pk=700)

    apply(client_of("coordinator"), shown(), leave_out=[forged], left_elsewhere=forged)

    assert states(booking) == ["approved"]


def test_the_plan_of_a_run_and_the_preview_of_an_emergency_cannot_be_applied_here() -> None:
    InterpreterFactory.create()
    ready()
    client = client_of("lead")
    plan = Plan.objects.get(pk=preview_emergency(now=timezone.now()).plan or 0)

    context = client.get(page(plan)).context

    assert (context["can_apply"], context["can_override"]) == (False, True)
    assert apply(client, plan).status_code == 403
    assert PlanRow.objects.filter(result="").count() == 1


def test_a_plan_of_a_policy_that_was_replaced_says_so() -> None:
    ready()
    plan, client = shown(), client_of("lead")
    sentence = "Another policy is in force since this plan was made."
    assert sentence not in client.get(page(plan)).content.decode()
    store_policy(current_policy(), reason="The same again.")

    assert sentence in client.get(page(plan)).content.decode()


def test_a_plan_that_is_not_there_is_not_found() -> None:
    assert client_of("superuser").post("/admin/pooling/plan/99/apply/").status_code == 404


def test_an_applied_row_keeps_the_reason_that_was_shown() -> None:
    InterpreterFactory.create()
    ready()
    plan, client = shown(), client_of("lead")
    proposed = client.get(page(plan)).context["plan_rows"][0]["why"]

    apply(client, plan)

    done = client.get(reverse("admin:pooling_run_change", args=(Run.objects.get().pk,)))
    assert done.context["plan_rows"][0]["why"] == proposed
    assert proposed.startswith("Place 1 of 1 who can take it: ")
