"""The page of the holds: everybody who sees the pool reads it, who may repair changes it."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling import holds
from pooling.holds import Cause
from pooling.models import ClaimHold
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.forms import ADD, fields
from tests.pooling.admin.people import client_of, ready

pytestmark = pytest.mark.django_db
STORM = {"reason": "Storm in the data centre."}


@pytest.fixture(autouse=True)
def _fresh_memo() -> None:
    cache.clear()


def alerts(client: Client) -> list[tuple[str, str, str]]:
    """Level, text and address of the alerts about holds."""
    found = client.get("/admin/").context["board"]["alerts"]
    return [(a.level, a.text, a.address) for a in found if a.address == "/admin/hold/"]


def test_an_operator_sets_and_lifts_and_the_dashboard_says_so() -> None:
    client = client_of("operator")
    assert alerts(client) == []

    assert client.post("/admin/hold/", STORM).status_code == 302

    assert alerts(client_of("viewer")) == [
        (
            "bad",
            "Claiming is on hold: Storm in the data centre; an operator lifts it on the "
            "dashboard, or “manage.py claim_hold --lift --reason 'It is over'”.",
            "/admin/hold/",
        )
    ]
    lift = {"lift": "hand", "reason": "The storm is over."}
    assert client.post("/admin/hold/", lift).status_code == 302
    assert alerts(client) == []
    events = AuditEvent.objects.filter(object_type="claim_hold").order_by("pk")
    assert list(events.values_list("actor", "action", "reason")) == [
        ("operator", "hold_claims", "Storm in the data centre."),
        ("operator", "lift_hold", "The storm is over."),
    ]
    page = client.get("/admin/hold/").content.decode()
    assert re.search("Earlier holds.*Storm in the data centre.*The storm is over", page, re.DOTALL)


@pytest.mark.parametrize("role", ["viewer", "coordinator", "lead", "auditor"])
def test_who_may_not_repair_reads_and_changes_nothing(role: str) -> None:
    client = client_of(role)
    holds.set_hold(Cause.SCHEMA, reason="The database lacks a table.", actor=COMMAND)

    page = client.get("/admin/hold/")

    assert page.status_code == 200
    assert "The database lacks a table." in page.content.decode()
    assert "<textarea" not in page.content.decode()
    assert "Only somebody in the group “operator”" in page.content.decode()
    assert client.post("/admin/hold/", STORM).status_code == 403
    lift = {"lift": "schema", "reason": "Why not."}
    assert client.post("/admin/hold/", lift).status_code == 403
    assert [row.cause for row in holds.standing()] == ["schema"]


def test_an_operator_limited_to_a_team_may_not_hold_the_claims_of_all() -> None:
    client = client_of("operator")
    TeamFactory().staff.add(client.session["_auth_user_id"])

    assert client.post("/admin/hold/", STORM).status_code == 403
    assert not ClaimHold.objects.exists()


def test_nobody_without_the_pool_sees_the_page() -> None:
    assert client_of("staff").get("/admin/hold/").status_code == 403
    assert client_of("anonymous").get("/admin/hold/").status_code == 302


def test_a_missing_reason_is_one_sentence_and_no_hold() -> None:
    page = client_of("operator").post("/admin/hold/", {"reason": "x"})

    assert page.status_code == 400
    assert "Give a reason of 5 to 500 printable characters." in page.content.decode()
    assert not ClaimHold.objects.exists()


def test_a_second_click_changes_nothing() -> None:
    client = client_of("operator")
    client.post("/admin/hold/", STORM)

    page = client.post("/admin/hold/", STORM, follow=True)

    assert "It was on hold already." in page.content.decode()
    assert ClaimHold.objects.count() == 1


def test_pages_that_would_process_say_why_they_do_not() -> None:
    InterpreterFactory()
    booking, client = ready(), client_of("operator")
    client.post("/admin/hold/", STORM)

    page = client.post("/admin/sweep/", {"token": "t"}).content.decode()

    assert "Claiming is on hold: Storm in the data centre" in page
    assert Booking.objects.get(pk=booking.pk).pool_status == "ready"


def test_a_new_booking_is_saved_under_a_hold_and_waits() -> None:
    InterpreterFactory()
    holds.set_hold(Cause.HAND, reason="Storm in the data centre.", actor=COMMAND)

    page = client_of("coordinator").post(ADD, fields(), follow=True).content.decode()

    assert "The booking is saved and waits. Claiming is on hold: Storm" in page
    assert Booking.objects.get(ref="B-1").pool_status == "ready"
