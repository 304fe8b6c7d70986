"""Desks and presence in the admin: changed there, and the queue follows."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment import sessions
from assignment.audit import COMMAND
from assignment.models import AuditEvent, Desk, Presence, Tenant
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory
from tests.pooling.admin.desks import desk_of_ann_and_bob, served, waiting
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/assignment/session/"


@pytest.fixture
def desk() -> Desk:
    """A desk with Ann and Bob online."""
    return desk_of_ann_and_bob()


def test_presence_is_set_in_the_admin_and_the_queue_follows(desk: Desk) -> None:
    Presence.objects.update(status="offline")
    session = waiting(desk)
    row = Presence.objects.get(interpreter__ref="A")
    address = reverse("admin:assignment_presence_change", args=(row.pk,))
    client_of("coordinator").post(address, {"status": "online", "max_chats": "1"})

    row.refresh_from_db()
    assert (row.status, row.max_chats) == ("online", 1)
    session.refresh_from_db()
    assert session.state == "assigned"
    event = AuditEvent.objects.get(action="presence")
    assert (event.object_ref, event.from_state, event.to_state) == ("A", "offline", "online")


def test_a_first_presence_is_added_in_the_admin(desk: Desk) -> None:
    person = InterpreterFactory.create(team=desk.team)
    client_of("coordinator").post(
        "/admin/assignment/presence/add/",
        {"interpreter": person.pk, "status": "away", "max_chats": ""},
    )

    assert Presence.objects.get(interpreter=person).status == "away"


def test_a_desk_is_changed_by_a_lead_and_serves_at_once(desk: Desk) -> None:
    desk.time_zone = ""
    desk.save()
    session = waiting(desk)
    address = reverse("admin:assignment_desk_change", args=(desk.pk,))
    sent = {
        "hours": "",
        "time_zone": "UTC",
        "strategy": "fair",
        "period": "day",
        "max_chats": 2,
        "expected_minutes": 15,
        "accept_seconds": 60,
        "out_of_office_text": "Closed.",
        "nobody_there_text": "Nobody.",
    }
    assert client_of("coordinator").post(address, sent).status_code == 403
    assert client_of("lead").post(address, sent | {"time_zone": "Mars/One"}).status_code == 200
    assert client_of("lead", name="second").post(address, sent).status_code == 302

    session.refresh_from_db()
    assert session.state == "assigned"
    assert AuditEvent.objects.get(object_type="desk").changes == {
        "time_zone": ["", "UTC"],
        "strategy": ["round_robin", "fair"],
        "out_of_office_text": [
            "We are closed now. Your request is kept and is served when we open.",
            "Closed.",
        ],
        "nobody_there_text": [
            "Nobody is there at the moment. Your request is kept and is served in its turn.",
            "Nobody.",
        ],
    }


NEW = {
    "hours": "Mon-Fri 08:00-17:00",
    "time_zone": "",
    "strategy": "fair",
    "period": "day",
    "max_chats": 2,
    "expected_minutes": 15,
    "accept_seconds": 60,
    "out_of_office_text": "Closed.",
    "nobody_there_text": "Nobody.",
}


def test_a_new_desk_without_a_time_zone_takes_that_of_its_team() -> None:
    team = TeamFactory.create(time_zone="Asia/Bangkok")

    client_of("lead").post("/admin/assignment/desk/add/", NEW | {"team": team.pk})

    found = Desk.objects.get()
    assert (found.hours, found.time_zone) == ("Mon-Fri 08:00-17:00", "Asia/Bangkok")


def test_hours_without_a_time_zone_are_refused_with_a_sentence(desk: Desk) -> None:
    tenant = Tenant.objects.create(ref="customer", name="Customer")
    client = client_of("lead")
    pages = (
        client.post("/admin/assignment/desk/add/", NEW | {"tenant": tenant.pk}),
        client.post(reverse("admin:assignment_desk_change", args=(desk.pk,)), NEW),
    )

    for page in pages:
        assert (
            "Name the time zone of the opening hours, such as Europe/Paris: without one the desk "
            "is closed."
        ) in page.content.decode()
    desk.refresh_from_db()
    assert (desk.hours, desk.time_zone, Desk.objects.count()) == ("", "UTC", 1)


def test_a_desk_that_is_closed_for_want_of_a_time_zone_says_so(desk: Desk) -> None:
    address = reverse("admin:assignment_desk_change", args=(desk.pk,))

    page = client_of("lead").post(address, NEW | {"hours": ""}, follow=True)

    told = [str(message) for message in page.context["messages"]]
    assert "The desk is closed: it has no time zone." in told


def test_a_desk_needs_a_team_or_a_tenant() -> None:
    sent = {"strategy": "fair", "period": "day", "max_chats": 2, "expected_minutes": 15}
    sent |= {"accept_seconds": 60, "out_of_office_text": "C.", "nobody_there_text": "N."}
    answer = client_of("lead").post("/admin/assignment/desk/add/", sent)

    assert "A desk belongs to a team or to a tenant: choose one." in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("session", 11), ("presence", 7), ("desk", 7)])
def test_a_list_costs_so_many_queries_however_many_rows(
    desk: Desk, page: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        served(DeskFactory.create())
        served(desk)
    client = client_of("superuser")
    with django_assert_num_queries(queries):
        assert client.get(f"/admin/assignment/{page}/").status_code == 200


def test_a_desk_counts_what_waits_and_links_to_exactly_those(desk: Desk) -> None:
    tenant = Tenant.objects.create(ref="customer", name="Customer")
    DeskFactory.create(team=None, tenant=tenant)
    for ref in ("a", "b"):
        waiting(desk, ref=ref)
    SessionFactory.create(ref="c", tenant=tenant)
    gone = waiting(desk, ref="d", channel="phone")
    sessions.resolve(gone.pk, now=timezone.now(), actor=COMMAND, reason="Gone.")
    client = client_of("viewer")
    page = client.get("/admin/assignment/desk/").content.decode()
    found = re.findall(r'href="([^"]+stage=queued[^"]+)">(\d+)<', page)

    shown = {
        tuple(row.ref for row in client.get(html.unescape(address)).context["cl"].result_list): n
        for address, n in found
    }
    assert shown == {("a", "b"): "2", ("c",): "1"}
