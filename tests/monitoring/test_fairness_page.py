"""Fairness over time and one person's ledger, in the admin."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import reverse

from assignment.models import Interpreter, LedgerAdjustment
from assignment.policies import current_policy, store_policy
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, in_hours

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("admin:fairness")


@pytest.fixture
def people() -> tuple[Interpreter, Interpreter]:
    """Aiko of the court with all the work, Bo of the clinic with none."""
    court, clinic = TeamFactory(ref="court", name="Court"), TeamFactory(ref="clinic", name="Clinic")
    one = InterpreterFactory(ref="A", name="Aiko", team=court)
    two = InterpreterFactory(ref="B", name="=Bo", team=clinic)
    for number in range(1, 7):
        approved(one, starts_at=in_hours(-24 * number), hours_long=2)
    return one, two


def rows_of(answer: Any) -> list[list[str]]:
    """The rows of a file."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(text.splitlines()))


@pytest.mark.usefixtures("people")
def test_page_shows_everybody_with_figures_and_names_the_share() -> None:
    answer = client_of("viewer").get(OVERVIEW)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "equal outcome" in page
    assert [(row.name, row.hours, row.share) for row in answer.context["courses"]] == [
        ("Aiko", 12.0, 6.0),
        ("=Bo", 0.0, 6.0),
    ]
    assert page.count("<polyline") == 2
    assert [alarm.direction for alarm in answer.context["alarms"]] == ["favoured", "passed over"]


@pytest.mark.usefixtures("people")
def test_page_names_the_share_of_opportunity() -> None:
    store_policy(replace(current_policy(), fair_share="opportunity"), reason="Test")

    page = client_of("viewer").get(OVERVIEW).content.decode()

    assert "equal share of opportunity" in page
    assert "equal outcome" not in page


@pytest.mark.usefixtures("people")
def test_filter_keeps_one_team_against_the_same_shares() -> None:
    answer = client_of("viewer").get(OVERVIEW, {"team": "court", "days": "7"})

    assert [(row.name, row.share) for row in answer.context["courses"]] == [("Aiko", 6.0)]
    assert answer.context["days"] == 7


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"days": "6"}, "Write days from 7 to 90."),
        ({"days": "many"}, "Write days from 7 to 90."),
        ({"team": "nowhere"}, "Choose one of the teams in the list."),
    ],
)
def test_a_wrong_filter_is_said_and_the_usual_is_shown(
    query: dict[str, str], sentence: str
) -> None:
    answer = client_of("viewer").get(OVERVIEW, query)

    assert sentence in answer.content.decode()
    assert (len(answer.context["courses"]), answer.context["days"]) == (2, 30)


@pytest.mark.usefixtures("people")
def test_export_holds_the_figures_and_runs_in_no_spreadsheet() -> None:
    answer = client_of("viewer").get(OVERVIEW, {"days": "30", "format": "csv"})

    head, first, second = rows_of(answer)
    assert head[:8] == ["ref", "name", "team", "weight", "fair share", "hours", "share", "above"]
    assert (len(head), head[-1]) == (8 + 13, "booked")
    assert first[:8] == ["A", "Aiko", "Court", "1.0", "equal outcome", "12.0", "6.0", "6.0"]
    assert second[:2] == ["B", "'=Bo"]
    assert "attachment" in answer["Content-Disposition"]


def test_person_page_shows_both_shares_and_each_line(
    people: tuple[Interpreter, Interpreter],
) -> None:
    LedgerAdjustment.objects.create(
        interpreter=people[0],
        minutes=0,
        kind="not_available",
        effective_at=in_hours(-1),
        reason="<b>Ill</b>",
    )

    answer = client_of("viewer").get(reverse("admin:fairness_person", args=(people[0].pk,)))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "equal share of opportunity" in page
    assert "not available" in page
    assert "&lt;b&gt;Ill" in page
    assert len(answer.context["balance"].lines) == 7


def test_pages_are_linked_from_the_dashboard_and_from_the_person(
    people: tuple[Interpreter, Interpreter],
) -> None:
    cache.clear()
    client = client_of("viewer")
    own = reverse("admin:fairness_person", args=(people[0].pk,))
    person = reverse("admin:assignment_interpreter_change", args=(people[0].pk,))

    board = client.get(reverse("admin:index")).content.decode()

    assert f'href="{OVERVIEW}"' in board
    assert "Hours against the fair share (equal outcome)" in board
    assert "Drift: Aiko gets more work than a fair share" in board
    assert f'href="{own}"' in board
    assert f'href="{own}"' in client.get(person).content.decode()


def test_a_limited_coordinator_sees_only_the_own_teams(
    people: tuple[Interpreter, Interpreter],
) -> None:
    client = client_of("coordinator")
    assert people[1].team
    people[1].team.staff.add(User.objects.get(username="coordinator"))

    answer = client.get(OVERVIEW)
    other = client.get(reverse("admin:fairness_person", args=(people[0].pk,)))

    assert [row.ref for row in answer.context["courses"]] == ["B"]
    assert "Aiko" not in answer.content.decode()
    assert "Court" not in answer.content.decode()
    assert other.status_code == 404
    foreign = client.get(OVERVIEW, {"team": "court"})
    assert "Choose one of the teams in the list." in foreign.content.decode()


def test_nobody_sees_the_ledger_without_the_permission(
    people: tuple[Interpreter, Interpreter],
) -> None:
    client = client_of("staff")

    assert client.get(OVERVIEW).status_code == 403
    own = reverse("admin:fairness_person", args=(people[0].pk,))
    assert client.get(own).status_code == 403
    assert client_of("superuser").post(OVERVIEW).status_code == 405


def test_an_empty_service_has_a_page() -> None:
    page = client_of("superuser").get(OVERVIEW).content.decode()

    assert "Nobody is active here." in page
    assert "No drift" in page


@pytest.mark.parametrize("count", [1, 20])
def test_pages_ask_as_often_whatever_the_size(count: int, django_assert_num_queries: Any) -> None:
    team = TeamFactory()
    for person in InterpreterFactory.create_batch(count, team=team):
        for number in range(1, 4):
            approved(person, starts_at=in_hours(24 * number))
    client = client_of("superuser")
    own = reverse("admin:fairness_person", args=(Interpreter.objects.values_list("pk")[0][0],))
    client.get(OVERVIEW)

    with django_assert_num_queries(7):
        client.get(OVERVIEW)
    with django_assert_num_queries(11):
        client.get(own)
