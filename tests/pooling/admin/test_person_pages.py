"""The pages behind an interpreter: best open bookings, and the plan when they are out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.models import Assignment, Interpreter, Leave, Team
from pooling.models import Plan, Run
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, in_hours, ready
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

REASON = "She has the flu."


def address(name: str, person: Interpreter) -> str:
    """The address of a page behind a person."""
    return reverse(f"admin:{name}", args=(person.pk,))


def text(moment: dt.datetime) -> str:
    """An instant as the field of a browser sends it."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def window(hours: float = 72) -> dict[str, str]:
    """From now on, for so many hours."""
    return {"starts_at": text(in_hours(0)), "ends_at": text(in_hours(hours))}


def ana(**fields: Any) -> Interpreter:
    """Somebody who has one booking in two days; Ben could take it."""
    person: Interpreter = InterpreterFactory.create(ref="ANA", name="Ana", **fields)
    InterpreterFactory.create(ref="BEN", name="Ben", **fields)
    approved(person, ref="B-1", starts_at=in_hours(48))
    return person


def busy() -> list[tuple[str, str]]:
    """Who has what."""
    rows = Assignment.objects.filter(state="active").order_by("booking__ref")
    return list(rows.values_list("booking__ref", "interpreter__ref"))


def limited(*, to: str) -> Client:
    """A coordinator who is limited to one team."""
    client = client_of("coordinator")
    Team.objects.get(ref=to).staff.add(client.session["_auth_user_id"])
    return client


def test_the_page_of_a_person_leads_to_both() -> None:
    person = ana()
    page = address("assignment_interpreter_change", person)

    mine, theirs = (client_of(role).get(page) for role in ("coordinator", "viewer"))

    assert [name for name, _ in mine.context["person_links"]] == ["Best open bookings", "Is out …"]
    assert [name for name, _ in theirs.context["person_links"]] == ["Best open bookings"]
    assert address("interpreter_openings", person) in theirs.content.decode()


def test_the_best_open_bookings_are_shown_with_reasons_and_cures() -> None:
    person = ana()
    ready(ref="B-2")
    ready(ref="B-3", starts_at=in_hours(90), languages="fr")

    page = client_of("viewer").get(address("interpreter_openings", person))

    told = page.content.decode()
    # nobody but her would speak French, for B-2 Ben with fewer hours comes first
    assert [row.booking.ref for row in page.context["openings"].nearly] == ["B-3", "B-2"]
    assert "Add fr to the languages of the person, if that is true." in told
    assert "Give B-1 to somebody else, or move one of the two." in told


def test_the_window_leads_to_a_plan_and_applying_it_gives_the_bookings_away() -> None:
    person = ana()
    client = client_of("coordinator")

    opened = client.get(address("interpreter_out", person))
    planned = client.post(address("interpreter_out", person), window())
    plan = Plan.objects.get()
    page = client.get(planned["Location"])

    assert "Show the plan" in opened.content.decode()
    assert planned["Location"] == reverse("admin:pooling_plan_change", args=(plan.pk,))
    assert "is out from" in page.content.decode()
    assert [tab["text"] for tab in page.context["result_tabs"]] == [
        "would be given to others",
        "would be escalated",
    ]
    assert (busy(), Leave.objects.count()) == ([("B-1", "ANA")], 0)
    applied = client.post(page.context["apply_url"], {"reason": REASON})
    assert applied["Location"] == reverse("admin:pooling_run_change", args=(Run.objects.get().pk,))
    assert (busy(), Leave.objects.get().reason) == ([("B-1", "BEN")], REASON)
    assert "given to others" in client.get(applied["Location"]).content.decode().lower()


def test_an_absence_without_bookings_is_leave_alone() -> None:
    person = InterpreterFactory.create()
    client = client_of("coordinator")

    page = client.get(client.post(address("interpreter_out", person), window())["Location"])

    assert "Apply the plan" in page.content.decode()
    client.post(page.context["apply_url"], {"reason": REASON})
    assert Leave.objects.get().interpreter == person


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"starts_at": "soon", "ends_at": ""}, "Enter a valid date/time."),
        (
            {"starts_at": "2030-01-02T10:00", "ends_at": "2030-01-02T10:00"},
            "The absence must end after it begins.",
        ),
        (
            {"starts_at": "0001-01-01T00:00", "ends_at": "9999-12-31T23:59"},
            "Choose a year between",
        ),
    ],
)
def test_a_window_that_cannot_be_is_said_on_the_page(sent: dict[str, str], told: str) -> None:
    answer = client_of("coordinator").post(address("interpreter_out", ana()), sent)

    assert (answer.status_code, Plan.objects.count()) == (400, 0)
    assert told in answer.content.decode()


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor", "staff"])
def test_who_may_not_is_refused_and_writes_nothing(role: str) -> None:
    person = ana()
    before = digest()
    client = client_of(role)

    assert client.get(address("interpreter_out", person)).status_code == 403
    assert client.post(address("interpreter_out", person), window()).status_code == 403
    assert digest() == before


def test_an_operator_may_not_apply_the_plan_of_an_absence() -> None:
    client_of("coordinator").post(address("interpreter_out", ana()), window())
    apply = reverse("admin:pooling_plan_apply", args=(Plan.objects.get().pk,))

    assert client_of("operator").post(apply, {"reason": REASON}).status_code == 403
    assert busy() == [("B-1", "ANA")]


def test_a_limited_coordinator_plans_for_their_own_people_and_bookings_alone() -> None:
    mine, theirs = TeamFactory.create(ref="mine"), TeamFactory.create(ref="theirs")
    person = ana(team=mine)
    other = InterpreterFactory.create(team=theirs)
    ready(ref="B-2", starts_at=in_hours(90))
    client = limited(to="mine")

    plan = client.post(address("interpreter_out", person), window())
    openings = client.get(address("interpreter_openings", person)).context["openings"]

    assert plan.status_code == 302
    # the booking belongs to no team, so that another coordinator must decide it
    assert not client.get(plan["Location"]).context["can_apply"]
    assert (openings.looked_at, openings.able) == (0, ())
    assert client.get(address("interpreter_out", other)).status_code == 404
    assert client.get(address("interpreter_openings", other)).status_code == 404
