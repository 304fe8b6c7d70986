"""A session that goes back to its desk: who had it, who sent it back, who gets it next."""

from __future__ import annotations

import re

import pytest

from assignment.models import AuditEvent, Desk
from tests.pooling.admin.desks import desk_of_ann_and_bob, served
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
