"""The number of rows below a list reads as a phrase, for none, one and several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from assignment.models import DoNotSend, Presence
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory
from tests.factories.sessions import online
from tests.pooling.admin.people import client_of, escalated, in_hours

pytestmark = pytest.mark.django_db


def a_leave() -> None:
    """Somebody who is away."""
    LeaveFactory(interpreter=InterpreterFactory(), starts_at=in_hours(1), ends_at=in_hours(9))


def an_unwanted() -> None:
    """Somebody whom an owner does not want."""
    DoNotSend.objects.create(owner="Ministry", interpreter=InterpreterFactory())


@pytest.mark.parametrize(
    ("page", "make", "none", "one", "two"),
    [
        (
            "pooling_attention",
            lambda: escalated(team=TeamFactory()),
            "0 bookings that need a person",
            "1 booking that needs a person",
            "2 bookings that need a person",
        ),
        (
            "assignment_leave",
            a_leave,
            "0 times of leave",
            "1 time of leave",
            "2 times of leave",
        ),
        (
            "assignment_donotsend",
            an_unwanted,
            "0 do-not-send entries",
            "1 do-not-send entry",
            "2 do-not-send entries",
        ),
        (
            "assignment_presence",
            lambda: online(TeamFactory(), ref=f"P-{Presence.objects.count()}"),
            "0 people",
            "1 person",
            "2 people",
        ),
    ],
)
def test_a_list_counts_its_rows_in_words(
    page: str, make: Callable[[], Any], none: str, one: str, two: str
) -> None:
    client = client_of("superuser")
    address = reverse(f"admin:{page}_changelist")

    shown = [client.get(address)]
    for _ in range(2):
        make()
        shown.append(client.get(address))

    for text, answer in zip((none, one, two), shown, strict=True):
        line = answer.content.decode().partition('<p class="paginator">')[2].partition("</p>")[0]
        assert text in line
    assert shown[0].context["module_name"] == none.removeprefix("0 ")
