"""A session that goes back to its desk: who had it, who sent it back, who gets it next."""

from __future__ import annotations

import re

import pytest

from assignment.models import Assignment, AuditEvent, Desk
from tests.pooling.admin.desks import desk_of_ann_and_bob, served, waiting
from tests.pooling.admin.people import client_of
from tests.pooling.admin.test_session_pages import LIST, do

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    """A desk with Ann and Bob online."""
    return desk_of_ann_and_bob()


def test_who_had_what_was_handed_over_is_passed_over_and_who_did_it_is_told(desk: Desk) -> None:
    session = served(desk)
    client = client_of("coordinator")

    do(client, session, "hand_over")

    page = client.get(f"{LIST}{session.pk}/change/").content.decode()
    had = r"Had it until it was handed over at \d\d:\d\d UTC, and did not come online anew since\."
    assert re.search(had, page)
    assert "Let it pass" not in page
    event = AuditEvent.objects.get(action="session_handed_over")
    assert (event.actor, event.reason) == (
        "coordinator",
        "It has to be so. coordinator handed it over; it was with A.",
    )
    assert event.reason in page


def test_an_abandoned_session_is_taken_back_at_once_and_goes_to_somebody_else(desk: Desk) -> None:
    session = served(desk)
    client = client_of("coordinator")
    page = client.get(f"{LIST}{session.pk}/change/").content.decode()
    assert f'href="{LIST}{session.pk}/do/abandoned/">Abandoned: take it back</a>' in page

    assert do(client, session, "abandoned").status_code == 302

    event = AuditEvent.objects.get(action="session_abandoned")
    assert (event.actor, event.from_state, event.to_state, event.reason) == (
        "coordinator",
        "assigned",
        "unassigned",
        "It has to be so. It was with A.",
    )
    rows = Assignment.objects.order_by("pk").values_list("interpreter__ref", "state")
    assert list(rows) == [("A", "withdrawn"), ("B", "active")]


def test_what_was_accepted_is_not_abandoned_but_handed_over(desk: Desk) -> None:
    session = served(desk)
    client = client_of("coordinator")
    do(client, session, "accept")
    session.refresh_from_db()

    page = client.get(f"{LIST}{session.pk}/change/").content.decode()
    refused = do(client, session, "abandoned", token="t2")

    assert "/do/abandoned/" not in page
    assert refused.status_code == 400
    assert f"{session.ref} was accepted: hand it over instead." in refused.content.decode()
    assert not AuditEvent.objects.filter(action="session_abandoned").exists()


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
def test_who_may_not_change_sessions_takes_none_back(desk: Desk, role: str) -> None:
    session = served(desk)

    assert do(client_of(role), session, "abandoned").status_code == 403
    assert Assignment.objects.get().state == "active"


def test_to_resolve_is_for_requesters_who_have_gone_too(desk: Desk) -> None:
    session = waiting(desk)

    page = client_of("coordinator").get(f"{LIST}{session.pk}/do/resolve/").content.decode()

    assert "whoever asked for it has gone" in page
