"""The dashboard: its numbers are its lists, it costs little, and it says what is wrong."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Booking, Operation
from monitoring.models import Heartbeat
from pooling.models import Run
from pooling.sweep import sweep
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory, times_of
from tests.pooling.admin.people import (
    client_of,
    escalated,
    failed,
    in_hours,
    processing,
    ready,
    ungated,
    waiting,
)

pytestmark = pytest.mark.django_db

EXPECTED = {
    "ungated": 1,
    "waiting": 2,
    "due": 4,
    "processing": 2,
    "overdue": 1,
    "failed": 3,
    "escalated": 2,
    "assigned": 1,
    "queued": 3,
    "held": 2,
}


@pytest.fixture(autouse=True)
def _fresh_memo() -> None:
    cache.clear()


@pytest.fixture
def _pool() -> None:
    ungated()
    for make, count in ((waiting, 2), (ready, 1), (processing, 2), (failed, 3), (escalated, 2)):
        for _ in range(count):
            make()
    ready(pool_deadline_time=in_hours(-2))
    by_run = approved(InterpreterFactory(), starts_at=in_hours(72))
    run = Operation.objects.create(key="run", kind="tick", business_now=in_hours(0), actor="clock")
    by_run.assignments.update(operation=run)
    undone = approved(InterpreterFactory(), starts_at=in_hours(72))
    undone.assignments.update(operation=run, state="withdrawn")
    Booking.objects.filter(pk=undone.pk).update(state="cancelled")
    approved(InterpreterFactory(), starts_at=in_hours(96))
    desk = DeskFactory.create()
    for state, count in (("unassigned", 3), ("assigned", 1), ("accepted", 1), ("resolved", 2)):
        for _ in range(count):
            SessionFactory.create(team=desk.team, state=state, **times_of(state))


def live(client: Client, **headers: str) -> Any:
    """One poll."""
    return client.get("/admin/live/", headers=headers)


@pytest.mark.usefixtures("_pool")
def test_the_numbers_equal_a_recount() -> None:
    numbers = live(client_of("viewer")).json()["numbers"]

    assert numbers == EXPECTED
    in_pool = Booking.objects.filter(pool_status__isnull=False)
    assert in_pool.filter(pool_status="failed").count() == numbers["failed"]
    assert in_pool.count() == 9


@pytest.mark.usefixtures("_pool")
def test_each_number_opens_a_list_of_exactly_so_many_rows() -> None:
    client = client_of("viewer")
    tiles = client.get("/admin/").context["board"]["tiles"]

    shown = {
        tile["name"]: len(client.get(tile["address"]).context["cl"].result_list) for tile in tiles
    }

    assert shown == EXPECTED
    assert [tile["count"] for tile in tiles] == [EXPECTED[tile["name"]] for tile in tiles]


@pytest.mark.usefixtures("_pool")
@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize(
    ("role", "queries"),
    [("superuser", 8), *((name, 11) for name in ("viewer", "coordinator", "lead", "operator"))],
)
def test_a_board_costs_at_most_fifteen_queries_with_the_sign_in(
    role: str, queries: int, limited: bool, django_assert_num_queries: Any
) -> None:
    client = client_of(role)
    if limited:
        TeamFactory().staff.add(client.session["_auth_user_id"])
    client.get("/admin/")

    with django_assert_num_queries(queries):
        client.get("/admin/")
    with django_assert_num_queries(queries):
        live(client)


@pytest.mark.usefixtures("_pool")
def test_a_second_poll_within_a_second_costs_only_the_sign_in(
    django_assert_max_num_queries: Any,
) -> None:
    client = client_of("superuser")
    live(client)

    with django_assert_max_num_queries(2):
        live(client)


def test_an_unchanged_board_answers_304_and_a_changed_one_anew() -> None:
    client = client_of("viewer")
    first = live(client)
    tag = first.headers["ETag"]

    again = live(client, if_none_match=tag)
    cache.clear()
    ungated()
    changed = live(client, if_none_match=tag)

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (changed.status_code, changed.json()["numbers"]["ungated"]) == (200, 1)
    assert "no-store" in first.headers["Cache-Control"]


def test_a_change_shows_within_three_seconds_of_polling() -> None:
    client = client_of("viewer")
    live(client)
    ungated()
    cache.touch("nothing")

    deadline = timezone.now() + dt.timedelta(seconds=3)
    while live(client).json()["numbers"]["ungated"] == 0:
        assert timezone.now() < deadline


def test_the_endpoint_takes_no_post_and_nobody_without_the_right() -> None:
    assert client_of("viewer").post("/admin/live/").status_code == 405
    assert client_of("staff").get("/admin/live/").status_code == 403
    assert client_of("anonymous").get("/admin/live/").status_code == 302


def test_somebody_without_rights_sees_no_number() -> None:
    page = client_of("staff").get("/admin/").content.decode()

    assert "You may not see the pool." in page
    assert "data-live" not in page


def alerts(client: Client) -> list[str]:
    """The alerts of the page."""
    return [alert.text for alert in client.get("/admin/").context["board"]["alerts"]]


def test_an_alert_says_what_is_wrong_and_goes_when_it_is_healed() -> None:
    client = client_of("viewer")
    silent = "No worker is running: nothing is decided by itself. Start it with “make run”, or"
    late = ready(pool_deadline_time=in_hours(-2))
    failed()
    before = alerts(client)

    Heartbeat.objects.create(name="worker a", at=timezone.now())
    InterpreterFactory()
    Booking.objects.filter(pk=late.pk).update(pool_deadline_time=in_hours(1))
    after = alerts(client)

    assert before[0].startswith(silent)
    assert before[1:] == [
        "1 entry failed and waits for a person.",
        "1 entry is overdue.",
        "There are no active interpreters yet: add some, or import a file.",
    ]
    assert after == ["1 entry failed and waits for a person."]


def test_a_worker_that_was_silent_for_two_minutes_counts_as_silent() -> None:
    Heartbeat.objects.create(name="worker a", at=timezone.now() - dt.timedelta(minutes=2))

    assert not client_of("viewer").get("/admin/").context["board"]["worker_alive"]


def test_the_lists_name_what_needs_a_person_and_the_next_deadlines() -> None:
    escalated(title="Court hearing")
    waiting(title="Board meeting")

    page = client_of("viewer").get("/admin/").content.decode()

    assert "Those who are qualified are busy or not at work" in page
    assert re.search(r"Court hearing.*Board meeting", page, re.DOTALL)


def test_the_fairness_chart_is_a_picture_with_words_and_a_table() -> None:
    team = TeamFactory(name="Tokyo")
    busy = InterpreterFactory(name="Ana", team=team)
    InterpreterFactory(name="Ben", team=team)
    approved(busy, starts_at=in_hours(48), hours_long=3)

    board = client_of("viewer").get("/admin/")

    (chart,) = board.context["board"]["fairness"]
    assert chart.summary == (
        "Tokyo: 2 people. Most hours: Ana, 3.0 of a fair share of 1.5. Least: Ben, 0.0 of 1.5."
    )
    assert [(bar.person.name, bar.length, bar.tone) for bar in chart.bars] == [
        ("Ana", 190.0, "over"),
        ("Ben", 0.0, "under"),
    ]
    page = board.content.decode()
    assert "<svg" in page
    assert '<td class="number">3.0</td><td class="number">1.5</td>' in page
    assert 'style="' not in page


def test_a_coordinator_limited_to_a_team_counts_only_its_rows() -> None:
    client, mine = client_of("coordinator"), TeamFactory(name="Mine")
    mine.staff.add(client.session["_auth_user_id"])
    ungated(team=mine)
    ungated(team=TeamFactory())
    ungated()
    InterpreterFactory(team=mine)
    InterpreterFactory(team=TeamFactory(name="Theirs"))

    page = client.get("/admin/")

    assert live(client).json()["numbers"]["ungated"] == 1
    assert [chart.team for chart in page.context["board"]["fairness"]] == ["Mine"]
    assert b"Run the sweep now" not in page.content
    assert client.get("/admin/sweep/").status_code == 403


def test_the_sweep_runs_once_for_two_clicks() -> None:
    InterpreterFactory()
    client, booking = client_of("operator"), ready()
    token = client.get("/admin/sweep/").context["token"]

    once = client.post("/admin/sweep/", {"token": token})
    again = client.post("/admin/sweep/", {"token": token})

    booking.refresh_from_db()
    assert booking.state == "approved"
    assert Run.objects.count() == 1
    assert once.headers["Location"] == again.headers["Location"]


def test_opening_the_page_of_the_sweep_runs_nothing() -> None:
    booking = ready()

    client_of("operator").get("/admin/sweep/")
    client_of("lead").post("/admin/sweep/", {})

    booking.refresh_from_db()
    assert (booking.pool_status, Run.objects.count()) == ("ready", 0)


def test_the_page_of_a_run_shows_its_entries_by_result() -> None:
    InterpreterFactory()
    ready(ref="YES")
    ready(ref="NO", languages="sw")
    report = sweep(now=timezone.now(), slot="a", actor=COMMAND)
    client = client_of("viewer")

    whole = client.get(f"/admin/pooling/run/{report.run}/change/")
    some = client.get(f"/admin/pooling/run/{report.run}/change/?result=escalated")

    assert [item["row"].booking.ref for item in whole.context["plan_rows"]] == ["NO", "YES"]
    assert [item["row"].booking.ref for item in some.context["plan_rows"]] == ["NO"]
    counts = {tab["value"]: tab["count"] for tab in whole.context["result_tabs"]}
    assert counts == {"assigned": 1, "escalated": 1, "pooled": 0, "failed": 0}


def test_the_payload_is_text_that_stays_the_same() -> None:
    client = client_of("viewer")
    first = live(client).content
    cache.clear()

    assert json.loads(live(client).content)["numbers"] == json.loads(first)["numbers"]
