"""A session that no desk takes says so wherever it is listed or counted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from assignment.models import Session, Tenant
from tests.factories.people import TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory
from tests.pooling.admin.desks import limited_to
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db

LIST = "/admin/assignment/session/"
OF_TEAM = "Team Care has no desk: nobody is asked before a lead adds one under “Desks”."
OF_TENANT = "Tenant Acme has no desk: nobody is asked before a lead adds one under “Desks”."


@pytest.fixture(autouse=True)
def _fresh_memo() -> None:
    cache.clear()


@pytest.fixture
def lone() -> Session:
    """A session of a team without a desk, although the tenant of the team has one."""
    acme = Tenant.objects.create(ref="acme", name="Acme")
    DeskFactory.create(team=None, tenant=acme)
    team = TeamFactory.create(ref="care", name="Care", tenant=acme)
    session: Session = SessionFactory.create(team=team, tenant=acme)
    return session


def alerts(client: Any) -> list[tuple[str, str]]:
    """The alerts of the dashboard about sessions: text and address."""
    found = client.get("/admin/").context["board"]["alerts"]
    return [(row.text, row.address) for row in found if "session" in row.text]


def test_the_list_and_the_page_say_that_a_desk_lacks(lone: Session) -> None:
    other = Tenant.objects.create(ref="other", name="Acme")
    SessionFactory.create(tenant=other)
    held = SessionFactory.create(tenant=Tenant.objects.get(ref="acme"))
    client = client_of("viewer")

    page = client.get(LIST).content.decode()
    assert (page.count(OF_TEAM), page.count(OF_TENANT)) == (1, 1)
    assert OF_TEAM in client.get(f"{LIST}{lone.pk}/change/").content.decode()
    assert page.count("Not decided yet: the queue is served within a minute.") == 1
    assert "has no desk" not in client.get(f"{LIST}{held.pk}/change/").content.decode()


def test_a_new_one_is_told_at_once(lone: Session) -> None:
    sent = {"ref": "S-9", "team": lone.team_id, "channel": "chat", "priority": 5, "languages": "ja"}
    answer = client_of("coordinator").post(f"{LIST}add/", sent, follow=True)

    told = [str(message) for message in answer.context["messages"]]
    assert f"S-9 is now unassigned. {OF_TEAM}" in told


def test_the_dashboard_counts_them_and_opens_exactly_these(lone: Session) -> None:
    SessionFactory.create(tenant=Tenant.objects.get(ref="acme"))
    client = client_of("viewer")
    found = alerts(client)

    assert found == [
        (
            "1 session waits for a desk: nobody is asked before their team, or tenant, has one.",
            f"{LIST}?stage=no_desk",
        )
    ]
    assert [row.pk for row in client.get(found[0][1]).context["cl"].result_list] == [lone.pk]
    assert lone.team is not None
    DeskFactory.create(team=lone.team)
    cache.clear()
    assert alerts(client) == []


def test_a_limited_person_counts_those_of_their_team_alone(lone: Session) -> None:
    SessionFactory.create(team=TeamFactory.create(ref="far"))

    assert alerts(limited_to(lone.team))[0][0].startswith("1 session waits for a desk")


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_at_one_and_at_three_rows(
    lone: Session, more: int, django_assert_num_queries: Any
) -> None:
    for _ in range(more):
        SessionFactory.create(team=TeamFactory.create())
    client = client_of("superuser")
    client.get(LIST)

    with django_assert_num_queries(8):
        client.get(LIST)
