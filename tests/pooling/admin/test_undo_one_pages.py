"""Undoing one decision from the page of its booking or of its run."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling.models import Run
from pooling.sweep import sweep
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, in_hours, ready
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

ROLES = ("staff", "viewer", "auditor", "operator", "coordinator", "lead", "superuser")
MAY = ("operator", "coordinator", "lead", "superuser")
REASON = "The wrong week."


def swept() -> Run:
    """A sweep over what is due."""
    return Run.objects.get(pk=sweep(now=timezone.now(), slot="a", actor=COMMAND).run or 0)


def undo_page(run: Run, booking: Booking) -> str:
    """The address that undoes one decision."""
    return reverse("admin:pooling_run_undo_one", args=(run.pk, booking.pk))


def page_of(item: Booking | Run) -> str:
    """The page of a booking or run."""
    kind = "pooling_run" if isinstance(item, Run) else "assignment_booking"
    return reverse(f"admin:{kind}_change", args=(item.pk,))


def undo(client: Client, run: Run, booking: Booking, *, reason: str = REASON) -> Any:
    """Confirm."""
    return client.post(undo_page(run, booking), {"reason": reason})


def states(*bookings: Booking) -> list[str]:
    """In which state each booking is now."""
    found = Booking.objects.in_bulk([booking.pk for booking in bookings])
    rows = [found[booking.pk] for booking in bookings]
    return ["escalated" if row.escalated_at else row.state for row in rows]


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_process_is_offered_and_may_undo(role: str) -> None:
    InterpreterFactory.create()
    booking = ready()
    run, client = swept(), client_of(role)
    address = undo_page(run, booking)
    before = digest()

    pages = [client.get(page_of(booking)), client.get(page_of(run))]
    looked = client.get(address)
    assert digest() == before
    sent = undo(client, run, booking)

    allowed = role in MAY
    assert [address in page.content.decode() for page in pages] == [allowed, allowed]
    assert (looked.status_code, sent.status_code) == ((200, 302) if allowed else (403, 403))
    assert states(booking) == (["escalated"] if allowed else ["approved"])


def test_one_decision_is_taken_back_and_both_pages_say_so() -> None:
    InterpreterFactory.create()
    taken, other = ready(ref="A"), ready(ref="B", starts_at=in_hours(60))
    run, client = swept(), client_of("coordinator")

    shown = client.get(undo_page(run, taken))
    answer = undo(client, run, taken)

    assert (shown.context["undone"], shown.context["kept"]) == ([taken], [])
    undone = Run.objects.get(kind="undo")
    assert answer.headers["Location"] == page_of(undone)
    assert states(taken, other) == ["escalated", "approved"]
    page = client.get(page_of(run))
    assert (page.context["undone_in"], page.context["undone_in_part"]) == (None, [undone])
    assert undo_page(run, taken) not in page.content.decode()
    assert undo_page(run, other) in page.content.decode()
    back = client.get(page_of(taken)).content.decode()
    assert undo_page(undone, taken) in back
    assert "Undo the undo" in back


def test_a_double_click_has_one_effect() -> None:
    InterpreterFactory.create()
    booking = ready()
    run, client = swept(), client_of("coordinator")

    once = undo(client, run, booking)
    before = digest()
    again, looked = undo(client, run, booking), client.get(undo_page(run, booking))

    assert once.headers["Location"] == again.headers["Location"] == looked.headers["Location"]
    assert digest() == before


@pytest.mark.parametrize("reason", ["", "    ", "abcd", "x" * 501])
def test_a_bad_reason_is_asked_for_again_and_nothing_happens(reason: str) -> None:
    InterpreterFactory.create()
    booking = ready()
    run = swept()

    answer = undo(client_of("coordinator"), run, booking, reason=reason)

    assert (answer.status_code, states(booking)) == (400, ["approved"])


def test_somebody_limited_to_a_team_undoes_its_decisions_alone() -> None:
    mine, theirs = TeamFactory.create(), TeamFactory.create()
    for team in (mine, theirs):
        InterpreterFactory.create(team=team)
    own, other = ready(team=mine), ready(team=theirs)
    run, client = swept(), client_of("coordinator")
    mine.staff.add(client.session["_auth_user_id"])

    answers = [undo(client, run, own).status_code, undo(client, run, other).status_code]

    assert answers == [302, 404]
    assert states(own, other) == ["escalated", "approved"]


def test_a_booking_of_another_run_is_not_found() -> None:
    InterpreterFactory.create()
    ready()
    run = swept()

    assert client_of("lead").get(undo_page(run, ready())).status_code == 404
