"""The panel "Who else could take it", and giving a booking by hand from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignment.models import Assignment, Booking, Interpreter, Team
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory
from tests.pooling.admin.people import client_of, in_hours, ready
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

REASON = "The customer asked for her."


def page_of(booking: Booking, query: str = "?else=1") -> str:
    """The address of the page of a booking with its panel."""
    return reverse("admin:assignment_booking_change", args=(booking.pk,)) + query


def give_page(booking: Booking) -> str:
    """The address at which a booking is given by hand."""
    return reverse("admin:booking_give", args=(booking.pk,))


def ana_and_ben() -> tuple[Booking, Interpreter, Interpreter]:
    """A booking in two days that Ana has, and Ben who could take it."""
    ana, ben = (InterpreterFactory.create(ref=name.upper(), name=name) for name in ("Ana", "Ben"))
    return approved(ana, ref="B-1", starts_at=in_hours(48)), ana, ben


def confirm(client: Client, booking: Booking, **changes: Any) -> Any:
    """Open the page that asks for the reason, and send it with these changes."""
    opened = client.get(give_page(booking), {"to": "BEN", "instead": "ANA"})
    sent = {
        "to": "BEN",
        "instead": "ANA",
        "version": opened.context["version"],
        "token": opened.context["token"],
        "reason": REASON,
    }
    return client.post(give_page(booking), sent | changes)


def busy(booking: Booking) -> list[str]:
    """Who has the booking."""
    rows = Assignment.objects.filter(booking=booking, state="active")
    return list(rows.values_list("interpreter__ref", flat=True))


def test_the_panel_is_there_once_it_is_asked_for() -> None:
    booking, _, _ = ana_and_ben()
    away = InterpreterFactory.create(ref="CEM", name="Cem")
    LeaveFactory.create(interpreter=away, starts_at=in_hours(1), ends_at=in_hours(90))
    client = client_of("coordinator")

    plain, asked = (client.get(page_of(booking, query)) for query in ("", "?else=1"))

    assert "others" not in plain.context
    assert "Who else could take it" in plain.content.decode()
    assert [row.interpreter for row in asked.context["able"]] == ["BEN"]
    assert [row.interpreter for row in asked.context["nearly"]] == ["CEM"]
    assert "End or shorten the leave from" in asked.content.decode()


def test_one_click_and_a_reason_give_it_to_somebody_else() -> None:
    booking, _, _ = ana_and_ben()
    client = client_of("coordinator")

    answer = confirm(client, booking)

    assert (answer.status_code, answer["Location"]) == (302, page_of(booking, ""))
    assert busy(booking) == ["BEN"]
    page = client.get(page_of(booking, ""))
    assert "B-1 is given to Ben." in page.content.decode()
    assert page.context["standing"].comes_next.startswith(
        "A person chose: the machine leaves it. The meeting starts in "
    )


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"reason": "  no "}, 400, "at least 5 characters"),
        ({"version": "99"}, 409, "B-1 was changed since: look at it again."),
        ({"instead": "BEN"}, 409, "B-1 has other people by now: look at it again."),
    ],
)
def test_what_is_wrong_or_stale_is_said_on_the_page(
    changes: dict[str, str], status: int, text: str
) -> None:
    booking, _, _ = ana_and_ben()
    client = client_of("coordinator")

    answer = confirm(client, booking, **changes)

    assert (answer.status_code, busy(booking)) == (status, ["ANA"])
    assert text in answer.content.decode()


def test_nobody_chosen_leads_back_to_the_panel() -> None:
    booking, _, _ = ana_and_ben()

    answer = client_of("coordinator").get(give_page(booking))

    assert answer["Location"] == page_of(booking, "?else=1#substitutes")


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor", "staff"])
def test_who_may_not_change_bookings_is_refused_at_both_steps(role: str) -> None:
    booking, _, _ = ana_and_ben()
    client = client_of(role)
    sent = {"to": "BEN", "instead": "ANA", "reason": REASON, "version": "1", "token": "t"}
    before = digest()

    assert client.get(give_page(booking), sent).status_code == 403
    assert client.post(give_page(booking), sent).status_code == 403
    assert digest() == before


def test_a_limited_coordinator_sees_and_gives_only_to_their_own_people() -> None:
    mine, theirs = TeamFactory.create(ref="mine"), TeamFactory.create(ref="theirs")
    booking = ready(team=None)
    Booking.objects.filter(pk=booking.pk).update(team=mine)
    InterpreterFactory.create(ref="NAO", team=mine)
    InterpreterFactory.create(ref="IVY", team=theirs)
    client = client_of("coordinator")
    Team.objects.get(ref="mine").staff.add(client.session["_auth_user_id"])

    page = client.get(page_of(booking))
    answer = client.get(give_page(booking), {"to": "IVY"})

    assert [row.interpreter for row in page.context["able"]] == ["NAO"]
    assert list(page.context["nearly"]) == []
    assert answer["Location"] == page_of(booking, "?else=1#substitutes")


def test_a_booking_of_another_team_is_not_found() -> None:
    booking, _, _ = ana_and_ben()
    client = client_of("coordinator")
    TeamFactory.create(ref="mine").staff.add(client.session["_auth_user_id"])

    assert client.get(give_page(booking), {"to": "BEN"}).status_code == 404
