"""The decision about a booking shows a limited coordinator no people of other teams."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Booking, Team
from pooling.sweep import sweep
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided() -> Booking:
    """A decided booking of a team; another team has people as well."""
    mine, theirs = TeamFactory(ref="mine"), TeamFactory(ref="theirs")
    for team in (mine, theirs):
        for name in ("Nao", "Ivy"):
            InterpreterFactory(ref=f"{name}-{team.ref}", name=f"{name} {team.ref}", team=team)
    booking: Booking = ready(team=mine)
    sweep(now=timezone.now(), slot="now", actor=COMMAND)
    return booking


def shown(client: Client, booking: Booking, question: str) -> str:
    """The page of the booking, with a question about somebody."""
    address = reverse("admin:assignment_booking_change", args=(booking.pk,))
    return client.get(address, {"why": question}).content.decode()


@pytest.mark.parametrize("question", ["", "Nao", "theirs"])
def test_people_of_other_teams_are_not_shown(decided: Booking, question: str) -> None:
    client = client_of("coordinator")
    Team.objects.get(ref="mine").staff.add(client.session["_auth_user_id"])

    page = shown(client, decided, question)

    assert "Nao mine" in page
    assert "Ivy mine" in page
    for hidden in ("Nao theirs", "Ivy theirs", "Nao-theirs", "Ivy-theirs"):
        assert hidden not in page


def test_the_chosen_stay_when_they_changed_teams(decided: Booking) -> None:
    client = client_of("coordinator")
    Team.objects.get(ref="mine").staff.add(client.session["_auth_user_id"])
    person = decided.assignments.get().interpreter
    person.team = Team.objects.get(ref="theirs")
    person.save()

    assert person.name in shown(client, decided, person.ref)


def test_somebody_without_a_limit_sees_all(decided: Booking) -> None:
    assert "Nao theirs" in shown(client_of("coordinator"), decided, "")
