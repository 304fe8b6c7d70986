"""“Process now” on chosen rows: a plan of who would get what, rows left out, exactly applied."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignment.engine.record import unpack
from assignment.engine.unpacking import column_of
from assignment.models import Assignment, AuditEvent, Booking, Leave
from pooling.models import Plan, PlanRow, Run
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import (
    client_of,
    escalated,
    failed,
    in_hours,
    processing,
    ready,
    waiting,
)
from tests.pooling.steps import columns, digest

pytestmark = pytest.mark.django_db

REASON = "The client called."
LISTS = ("pooling_poolentry", "assignment_booking")
PLANS = ("pooling_plan", "pooling_planrow", "assignment_roster")


def propose(client: Client, *bookings: Booking, page: str = "pooling_poolentry") -> Any:
    """Choose rows in the list and ask to process them now."""
    chosen = [booking.pk for booking in bookings]
    data = {"action": "process_now", "_selected_action": chosen, "index": 0}
    return client.post(reverse(f"admin:{page}_changelist"), data)


def apply(client: Client, plan: Plan, **fields: Any) -> Any:
    """Confirm a plan."""
    address = reverse("admin:pooling_plan_apply", args=(plan.pk,))
    return client.post(address, {"reason": REASON} | fields)


def warnings_of(answer: Any) -> list[str]:
    """The messages of a page."""
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("page", LISTS)
def test_the_plan_says_who_would_get_what_and_changes_nothing(page: str) -> None:
    given = ("would be assigned", [InterpreterFactory.create()])
    early, due, nobody = waiting(ref="A"), ready(ref="B"), ready(ref="C", languages="sw")
    client, other = client_of("coordinator"), ready(ref="D", starts_at=in_hours(70))
    before = digest(without=PLANS)

    answer = propose(client, early, due, nobody, page=page)

    plan = Plan.objects.get()
    assert answer.headers["Location"] == reverse("admin:pooling_plan_change", args=(plan.pk,))
    context = client.get(answer.headers["Location"]).context
    shown = {
        row["row"].booking.ref: (row["word"], row["people"], row["why"])
        for row in context["plan_rows"]
    }
    scores = {
        row.booking.ref: column_of(unpack(row.record or b""), "total")
        for row in plan.rows.exclude(chosen=[])
    }
    assert shown == {
        "A": (*given, f"Place 1 of 1 who can take it: {scores['A'][0]:.3f} points."),
        "B": (*given, f"Place 1 of 1 who can take it: {scores['B'][0]:.3f} points."),
        "C": ("would be escalated", [], "Nobody of 1 can: 1 without the languages."),
    }
    assert (plan.kind, context["can_apply"]) == ("entries", True)
    assert digest(without=PLANS) == before
    assert columns(other)["pool_status"] == "ready"


def test_what_cannot_be_processed_is_named_and_not_in_the_plan() -> None:
    InterpreterFactory.create()
    good = waiting(ref="A")
    others = (failed(ref="B"), processing(ref="C"))
    client = client_of("coordinator")

    page = client.get(propose(client, good, *others).headers["Location"])

    assert list(PlanRow.objects.values_list("booking__ref", flat=True)) == ["A"]
    assert warnings_of(page) == [
        "2 not in the plan: B, C. Only waiting and ready entries can be processed."
    ]


def test_nothing_to_process_stays_in_the_list_and_makes_no_plan() -> None:
    client = client_of("coordinator")
    address = reverse("admin:assignment_booking_changelist")

    answer = propose(client, escalated(ref="E"), page="assignment_booking")

    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert not Plan.objects.exists()
    assert warnings_of(client.get(address)) == [
        "1 not in the plan: E. Only waiting and ready entries can be processed."
    ]


def test_apply_does_what_was_shown_without_the_rows_ticked_and_names_the_stale() -> None:
    shown = InterpreterFactory.create()
    ill = InterpreterFactory.create(languages="is")
    taken, left, stale = waiting(), ready(starts_at=in_hours(60)), waiting(languages="is")
    client = client_of("coordinator")
    propose(client, taken, left, stale)
    before = [columns(left), columns(stale)["pool_status"]]
    Leave.objects.create(interpreter=ill, starts_at=in_hours(0), ends_at=in_hours(999))
    InterpreterFactory.create()

    result = client.get(apply(client, Plan.objects.get(), leave_out=[left.pk]).headers["Location"])

    assert Assignment.objects.get().interpreter == shown
    assert [(row.booking, row.stale) for row in result.context["stale_rows"]] == [
        (stale, f"{ill.ref} is now on leave.")
    ]
    assert [columns(left), columns(stale)["pool_status"]] == before
    event = AuditEvent.objects.filter(object_ref=taken.ref, action="call_up").get()
    assert (event.actor, event.reason) == ("coordinator", REASON)


def test_a_double_click_has_one_effect_and_other_rows_are_refused() -> None:
    InterpreterFactory.create()
    booking, client = waiting(), client_of("coordinator")
    propose(client, booking)
    plan = Plan.objects.get()
    once = apply(client, plan)
    before = digest()

    again = apply(client, plan)
    others = (apply(client, plan, leave_out=[booking.pk]), apply(client, plan, reason="No, so."))

    assert once.headers["Location"] == again.headers["Location"]
    for answer in others:
        assert answer.status_code == 409
        assert "with other rows or another reason" in answer.content.decode()
    assert digest() == before
    assert Run.objects.count() == 1


def test_somebody_limited_to_a_team_plans_and_applies_for_it_alone() -> None:
    mine = TeamFactory.create()
    InterpreterFactory.create(team=mine)
    own, other = waiting(team=mine), waiting(team=TeamFactory.create())
    client, lead = client_of("coordinator"), client_of("lead")
    mine.staff.add(client.session["_auth_user_id"])

    propose(client, own, other)
    plan = Plan.objects.get()
    propose(lead, own, other)
    both = Plan.objects.exclude(pk=plan.pk).get()

    assert list(plan.rows.values_list("booking", flat=True)) == [own.pk]
    assert apply(client, both).status_code == 403
    assert apply(client, plan).status_code == 302
    own.refresh_from_db()
    assert own.state == "approved"


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_not_process_neither_plans_nor_applies(role: str) -> None:
    booking = waiting()
    client = client_of(role)
    propose(client, booking)
    assert not Plan.objects.exists()
    propose(client_of("lead"), booking)
    plan = Plan.objects.get()

    assert apply(client, plan).status_code == 403
    assert columns(booking)["pool_status"] == "waiting"


def test_more_rows_than_an_action_takes_are_cut_and_said() -> None:
    first = waiting(ref="A")
    Booking.objects.bulk_create(
        Booking(
            ref=f"R-{number}",
            title="Talk",
            meeting_type="VIP",
            languages="en",
            starts_at=first.starts_at,
            ends_at=first.ends_at,
            pool_status="waiting",
            pool_entry_time=first.pool_entry_time,
            pool_deadline_time=first.pool_deadline_time,
        )
        for number in range(1000)
    )
    client = client_of("superuser")
    data = {"action": "process_now", "select_across": "1", "index": 0, "_selected_action": 1}

    page = client.post(reverse("admin:pooling_poolentry_changelist"), data, follow=True)

    assert PlanRow.objects.count() == 1000
    assert warnings_of(page) == ["Only the first 1000 chosen rows are in the plan."]
