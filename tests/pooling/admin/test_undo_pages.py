"""Undoing a run on its page: what it shows, who may, one effect, and undoing the undo."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Booking
from pooling.models import Run
from pooling.sweep import sweep
from pooling.undo import undo_run
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, in_hours, ready
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

ROLES = ("staff", "viewer", "auditor", "operator", "coordinator", "lead", "superuser")
MAY = ("operator", "coordinator", "lead", "superuser")
REASON = "The wrong week."


def swept() -> Run:
    """A sweep over what is due."""
    report = sweep(now=timezone.now(), slot="a", actor=COMMAND)
    return Run.objects.get(pk=report.run or 0)


def page(run: Run) -> str:
    """The address of a run's page."""
    return reverse("admin:pooling_run_change", args=(run.pk,))


def undo_page(run: Run) -> str:
    """The address that undoes a run."""
    return reverse("admin:pooling_run_undo", args=(run.pk,))


def undo(client: Client, run: Run, *, reason: str = REASON) -> Any:
    """Confirm the undo of a run."""
    return client.post(undo_page(run), {"reason": reason})


def states(*bookings: Booking) -> list[str]:
    """In which state each booking is now."""
    found = Booking.objects.in_bulk([booking.pk for booking in bookings])
    return ["escalated" if row.escalated_at else row.state for row in found.values()]


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_sweep_sees_and_sends_an_undo(role: str) -> None:
    InterpreterFactory.create()
    booking = ready()
    run, client = swept(), client_of(role)
    before = digest()

    looked = client.get(undo_page(run))
    offered = undo_page(run) in client.get(page(run)).content.decode()
    assert digest() == before
    sent = undo(client, run)

    allowed = role in MAY
    assert (looked.status_code, sent.status_code) == ((200, 302) if allowed else (403, 403))
    assert offered == allowed
    assert states(booking) == (["escalated"] if allowed else ["approved"])


def test_somebody_limited_to_a_team_may_not_undo_for_all() -> None:
    InterpreterFactory.create()
    ready()
    run, client = swept(), client_of("coordinator")
    TeamFactory.create().staff.add(client.session["_auth_user_id"])

    assert (client.get(undo_page(run)).status_code, undo(client, run).status_code) == (403, 403)


def test_the_page_says_what_would_be_undone_and_what_stays_and_why() -> None:
    InterpreterFactory.create()
    taken, edited = ready(ref="A"), ready(ref="B", starts_at=in_hours(60))
    run = swept()
    Booking.objects.filter(pk=edited.pk).update(version=2)

    answer = client_of("coordinator").get(undo_page(run))

    assert answer.context["undone"] == [taken]
    assert answer.context["kept"] == [(edited, "It was edited since.")]


def test_the_result_is_a_run_of_its_own_that_names_what_stays() -> None:
    InterpreterFactory.create()
    taken, edited = ready(ref="A"), ready(ref="B", starts_at=in_hours(60))
    run, client = swept(), client_of("coordinator")
    Booking.objects.filter(pk=edited.pk).update(version=2)

    result = client.get(undo(client, run).headers["Location"])

    counts = {tab["text"]: tab["count"] for tab in result.context["result_tabs"]}
    assert counts == {"taken back": 1, "stay as they are": 1}
    assert (result.context["undoes"], states(taken, edited)) == (run.pk, ["escalated", "approved"])
    assert "It was edited since." in result.content.decode()
    before = client.get(page(run)).context
    assert (before["undone_in"], before["can_undo"]) == (result.context["original"], False)


def test_a_double_click_has_one_effect() -> None:
    InterpreterFactory.create()
    ready()
    run, client = swept(), client_of("coordinator")

    once = undo(client, run)
    before = digest()
    again, looked = undo(client, run), client.get(undo_page(run))

    assert once.headers["Location"] == again.headers["Location"] == looked.headers["Location"]
    assert digest() == before


@pytest.mark.parametrize("reason", ["", "    ", "abcd", "x" * 501])
def test_a_bad_reason_is_asked_for_again_and_nothing_happens(reason: str) -> None:
    InterpreterFactory.create()
    booking = ready()
    run = swept()

    answer = undo(client_of("coordinator"), run, reason=reason)

    assert (answer.status_code, states(booking)) == (400, ["approved"])
    assert "Write a reason" in answer.content.decode()


def test_the_undo_can_be_undone_and_binds_the_same_person_again() -> None:
    person = InterpreterFactory.create()
    booking = ready()
    run, client = swept(), client_of("coordinator")
    undo(client, run)
    first = Run.objects.get(kind="undo")
    assert "Undo this undo" in client.get(page(first)).content.decode()

    result = client.get(undo(client, first).headers["Location"])

    assert result.context["original"].kind == "redo"
    assert states(booking) == ["approved"]
    assert Assignment.objects.get(booking=booking, state="active").interpreter == person


def test_the_list_says_what_was_undone_by_which_run() -> None:
    InterpreterFactory.create()
    ready()
    run, client = swept(), client_of("coordinator")
    undo(client, run)
    first = Run.objects.get(kind="undo")

    text = client.get(reverse("admin:pooling_run_changelist")).content.decode()

    assert f'undone by <a href="{page(first)}">run {first.pk}</a>' in text
    assert f'undoes <a href="{page(run)}">run {run.pk}</a>' in text


def test_a_run_that_is_not_done_is_refused_and_says_so() -> None:
    InterpreterFactory.create()
    ready()
    run, client = swept(), client_of("coordinator")
    Run.objects.update(state="applying")

    answer = client.get(undo_page(run), follow=True)

    assert answer.context["original"] == run
    assert f"Run {run.pk} is not done yet" in answer.content.decode()


def test_a_run_that_assigned_nothing_offers_no_undo() -> None:
    ready()
    run, client = swept(), client_of("coordinator")

    assert client.get(page(run)).context["can_undo"] is False
    assert "There is nothing to undo." in client.get(undo_page(run)).content.decode()


def test_a_killed_undo_is_gone_on_with_by_a_second_click() -> None:
    InterpreterFactory.create()
    ready()
    run, client = swept(), client_of("coordinator")
    done = undo_run(run, now=timezone.now(), actor=COMMAND, reason="First.")
    Run.objects.filter(kind="undo").update(state="applying")

    answer = undo(client, run)

    assert done.run is not None
    done.run.refresh_from_db()
    assert (answer.headers["Location"], done.run.state) == (page(done.run), "done")
    assert AuditEvent.objects.filter(action="undo").count() == 1
