"""A list that is cut short says so, and how to see the rest."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND, Entry, record
from assignment.models import Booking, Interpreter, Operation
from assignment.policies import current_policy
from pooling.models import Plan, Run
from pooling.sweep import sweep
from tests.factories.bookings import BookingFactory, approved
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.people import client_of, in_hours, ready

pytestmark = pytest.mark.django_db


def page_of(item: Booking | Interpreter, query: str = "") -> str:
    """The page of a booking or a person as a coordinator sees it."""
    address = reverse(f"admin:assignment_{type(item)._meta.model_name}_change", args=(item.pk,))
    return client_of("coordinator", name=f"c{query}").get(address + query).content.decode()


def decided_among(count: int, **fields: Any) -> Booking:
    """A booking that somebody got; so many others, all named Lee, do not have its languages."""
    InterpreterFactory.create(ref="A", name="Ana")
    InterpreterFactory.create_batch(count, name="Lee", languages="fr")
    booking = ready(**fields)
    sweep(now=timezone.now(), slot="now", actor=COMMAND)
    booking.refresh_from_db()
    return booking


def test_why_not_says_how_many_more_bear_the_name() -> None:
    booking = decided_among(21)

    page = page_of(booking, "?why=lee")

    assert page.count("Does not have: ja, th.</li>") == 21
    assert page.count("Does not have: ja, th. <span") == 20
    assert "The first 20 of 21: type more of the name." in page
    assert "type more of the name" not in page_of(booking, "?why=ana")


def test_why_not_says_nothing_where_all_are_answered() -> None:
    assert "type more of the name" not in page_of(decided_among(20), "?why=lee")


def test_who_else_could_take_it_says_how_many_who_cannot_are_listed() -> None:
    booking = decided_among(21)

    assert "The first 20 of 21." in page_of(booking, "?else=1")


def test_a_timeline_says_that_there_is_more() -> None:
    booking = ready(ref="B-1")
    entry = Entry(action="edit", object_type="booking", object_ref="B-1", reason="Again.")
    record([entry] * 100, actor=COMMAND)
    sentence = "The latest 100 are listed. The audit trail holds what was before: search it for B-1"

    assert sentence not in page_of(booking)
    record([entry], actor=COMMAND)
    assert sentence in page_of(booking, "?")


def test_the_coming_work_of_a_person_says_where_the_rest_is() -> None:
    person = InterpreterFactory.create(ref="ANA")
    for number in range(10):
        approved(person, starts_at=in_hours(24 * (number + 1)))
    link = (
        'The next 10 are listed: <a href="/admin/assignment/assignment/?q=ANA">all their work</a>'
    )

    assert link not in page_of(person)
    approved(person, starts_at=in_hours(264))
    assert link in page_of(person, "?")


@pytest.mark.parametrize(("rows", "says"), [(200, False), (201, True)])
def test_a_run_says_that_not_all_stale_rows_are_listed(rows: int, says: bool) -> None:
    now = in_hours(0)
    policy_id = current_policy().id
    plan = Plan.objects.create(kind="entries", policy_id=policy_id, business_now=now)
    for place, booking in enumerate(BookingFactory.create_batch(rows), start=1):
        plan.rows.create(
            place=place,
            booking=booking,
            booking_version=1,
            outcome="assign",
            result="pooled",
            stale="It was changed.",
        )
    operation = Operation.objects.create(key="k", kind="apply_plan", business_now=now, actor="x")
    run = Run.objects.create(operation=operation, kind="entries", plan=plan, state="done")

    address = reverse("admin:pooling_run_change", args=(run.pk,))
    page = client_of("viewer").get(address).content.decode()

    assert page.count("<td>It was changed.</td>") >= 200
    assert ("The first 200 are listed." in page) is says
