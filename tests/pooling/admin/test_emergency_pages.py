"""The emergency override: password, preview, reason, one effect, exact counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.models import Assignment, AuditEvent, Operation
from pooling.emergency import preview_emergency
from pooling.models import Plan, Run
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.overriding import START, confirm, expire, preview_of, previewed
from tests.pooling.admin.people import client_of, failed, in_hours, processing, ready, waiting
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

ROLES = ("staff", "viewer", "auditor", "operator", "coordinator", "lead", "superuser")
MAY = ("lead", "superuser")


def interrupted(*, actor: str = "mia") -> Run:
    """An override of somebody whose process was killed before it made a plan."""
    operation = Operation.objects.create(
        key="emergency:plan 0",
        kind="emergency",
        business_now=timezone.now(),
        actor=actor,
        reason="The flood.",
    )
    return Run.objects.create(operation=operation, kind="emergency")


def counts(answer: Any) -> dict[str, int]:
    """The numbers of a run's page."""
    return {tab["text"]: tab["count"] for tab in answer.context["result_tabs"]}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", ["start", "preview", "resume"])
def test_only_leads_reach_any_step_by_looking_or_by_sending(page: str, role: str) -> None:
    plan, run = Plan.objects.get(pk=preview_emergency(now=timezone.now()).plan or 0), interrupted()
    address = {
        "start": START,
        "preview": preview_of(plan),
        "resume": reverse("admin:emergency_resume", args=(run.pk,)),
    }[page]
    client = client_of(role)
    before = digest()

    looked, sent = client.get(address), client.post(address, {})

    allowed = (302 if page == "resume" else 200, 400)
    assert (looked.status_code, sent.status_code) == (allowed if role in MAY else (403, 403))
    assert digest() == before


def test_somebody_who_is_not_signed_in_is_asked_to() -> None:
    answer = Client().post(START, {"password": "x"})

    assert answer.headers["Location"].split("?")[0] == "/admin/login/"


def test_a_lead_of_one_team_may_not_decide_for_all() -> None:
    client = client_of("lead")
    TeamFactory.create().staff.add(client.session["_auth_user_id"])

    assert client.get(START).status_code == 403


def test_the_dashboard_leads_those_there_who_may() -> None:
    assert START in client_of("lead").get("/admin/").content.decode()
    assert START not in client_of("coordinator").get("/admin/").content.decode()


def test_the_first_page_counts_and_a_look_writes_nothing() -> None:
    waiting()
    ready()
    processing()
    client = client_of("lead")
    before = digest()

    answer = client.get(START)

    numbers = {row["name"]: row["count"] for row in answer.context["numbers"]}
    assert numbers == {"waiting": 1, "ready": 1, "processing": 1, "failed": 0}
    assert digest() == before


def test_the_preview_shows_the_order_and_what_each_would_get() -> None:
    person = InterpreterFactory.create()
    later, sooner = waiting(ref="LATER"), ready(ref="SOONER")
    ready(ref="NOBODY", languages="sw", pool_deadline_time=in_hours(1))
    client = client_of("lead")

    page = client.get(previewed(client))

    rows = [(row["row"].booking.ref, row["people"]) for row in page.context["plan_rows"]]
    assert rows == [("SOONER", [person]), ("NOBODY", []), ("LATER", [person])]
    assert counts(page) == {"would be assigned": 2, "would be escalated": 1}
    assert not Assignment.objects.exists()
    assert (later.pool_status, sooner.pool_status) == ("waiting", "ready")


def test_the_result_adds_up_and_each_number_opens_its_rows() -> None:
    InterpreterFactory.create()
    waiting(ref="A")
    failed(ref="B", starts_at=in_hours(50))
    ready(ref="C", languages="sw")
    held = processing(ref="D")
    client = client_of("lead")

    run = confirm(client, previewed(client)).headers["Location"]

    page = client.get(run)
    assert page.context["all_count"] == 4
    assert counts(page) == {"assigned": 2, "escalated": 1, "failed": 0, "skipped": 1}
    for tab in page.context["result_tabs"]:
        rows = client.get(run, {"result": tab["value"]}).context
        assert len(rows["plan_rows"]) + len(rows["held"]) == tab["count"]
    assert client.get(run, {"result": "pooled"}).context["held"] == [held]


def test_a_double_click_has_one_effect_and_a_reload_shows_the_result() -> None:
    InterpreterFactory.create()
    ready()
    client = client_of("lead")
    preview = previewed(client)

    once = confirm(client, preview)
    before = digest()
    again = confirm(client, preview)
    reloaded = client.get(preview)

    places = {answer.headers["Location"] for answer in (once, again, reloaded)}
    assert len(places) == 1
    assert digest() == before
    assert (Run.objects.count(), Assignment.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(action="emergency").count() == 1


def test_a_wrong_password_shows_no_preview() -> None:
    client = client_of("lead")

    answer = client.post(START, {"password": "wrong"})

    assert (answer.status_code, Plan.objects.count()) == (400, 0)
    assert "That password is not right" in answer.content.decode()
    assert client.post(START, {}).status_code == 400


def test_a_password_is_asked_again_after_five_minutes() -> None:
    booking, client = ready(), client_of("lead")
    preview = previewed(client)
    assert 'name="password"' not in client.get(preview).content.decode()
    expire(client)

    answer = confirm(client, preview)

    booking.refresh_from_db()
    assert (answer.status_code, booking.pool_status) == (400, "ready")
    assert 'name="password"' in answer.content.decode()
    assert "The storm closed the bridge." in answer.content.decode()
    assert confirm(client, preview, password="wrong").status_code == 400
    assert confirm(client, preview, password="x").status_code == 302


def test_a_wrong_password_ends_what_the_right_one_allowed() -> None:
    client = client_of("lead")
    preview = previewed(client)
    confirm(client, preview, password="wrong")

    assert confirm(client, preview).status_code == 400
    assert not Run.objects.exists()


def test_five_wrong_passwords_in_a_row_sign_out() -> None:
    client = client_of("lead")
    for _ in range(4):
        assert client.post(START, {"password": "wrong"}).status_code == 400

    answer = client.post(START, {"password": "wrong"})

    assert answer.headers["Location"].split("?")[0] == "/admin/login/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("reason", ["", "    ", "abcd", "x" * 501])
def test_a_bad_reason_is_asked_for_again_and_nothing_happens(reason: str) -> None:
    booking, client = ready(), client_of("lead")

    answer = confirm(client, previewed(client), reason=reason)

    booking.refresh_from_db()
    assert (answer.status_code, booking.pool_status) == (400, "ready")
    assert "Write a reason" in answer.content.decode()


def test_it_is_refused_with_who_and_since_when_while_one_runs() -> None:
    booking, client = ready(), client_of("lead")
    preview = previewed(client)
    run = interrupted()

    answer = confirm(client, preview)

    booking.refresh_from_db()
    assert (answer.status_code, booking.pool_status) == (409, "ready")
    since = f"{run.started_at:%Y-%m-%d %H:%M} UTC"
    assert f"started by mia at {since}: wait for it to end." in answer.context["error"]
    assert "started by mia" in client.get(START).content.decode()


def test_one_that_was_killed_is_gone_on_with_as_the_same_run() -> None:
    InterpreterFactory.create()
    booking, run, client = ready(), interrupted(), client_of("lead")
    address = reverse("admin:emergency_resume", args=(run.pk,))

    assert client.post(address, {"password": "wrong"}).status_code == 400
    answer = client.post(address, {"password": "x"})

    booking.refresh_from_db()
    run.refresh_from_db()
    assert answer.headers["Location"] == reverse("admin:pooling_run_change", args=(run.pk,))
    assert (run.state, run.assigned, booking.state) == ("done", 1, "approved")
    assert Run.objects.count() == 1


def test_the_preview_of_something_else_is_not_found() -> None:
    plan = Plan.objects.get(pk=preview_emergency(now=timezone.now()).plan or 0)
    Plan.objects.update(kind="sweep")

    assert client_of("lead").get(preview_of(plan)).status_code == 404
