"""“Run the sweep now”: the worker does it while the page of the run tells; without one, at once."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from assignment.audit import SCHEDULE
from assignment.models import AuditEvent, Operation
from monitoring.models import Heartbeat
from pooling import holds, tasks
from pooling.holds import Cause
from pooling.models import Run
from pooling.recovery import finish_abandoned
from pooling.tasks import carry_on_sweep
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.people import client_of, ready
from tests.pooling.steps import digest
from tests.processes import wait_until

pytestmark = pytest.mark.django_db

STORM = "Storm in the data centre."
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def _alive() -> None:
    """A worker gave a sign of life just now."""
    Heartbeat.objects.create(name="worker a", at=timezone.now())


def start(client: Client) -> Any:
    """Confirm the sweep."""
    return client.post("/admin/sweep/", {"token": "t"})


def page_of(run: Run) -> str:
    """The address of a run's page."""
    return reverse("admin:pooling_run_change", args=(run.pk,))


@pytest.mark.usefixtures("_alive")
def test_with_a_worker_the_answer_comes_at_once_and_the_worker_sweeps() -> None:
    InterpreterFactory.create()
    booking, client = ready(), client_of("operator")

    answer = start(client)

    run = Run.objects.get()
    assert answer.headers["Location"] == page_of(run)
    booking.refresh_from_db()
    assert (run.state, booking.pool_status) == ("planning", "ready")
    (message,) = OrmQ.objects.all()
    assert (message.task["func"], message.task["args"]) == (
        "pooling.tasks.carry_on_sweep",
        ("by hand t",),
    )
    page = client.get(page_of(run)).content.decode()
    assert "data-running" in page
    assert "interpool/running" in page

    assert carry_on_sweep("by hand t") == {"processed": 1}
    booking.refresh_from_db()
    assert booking.state == "approved"
    page = client.get(page_of(run)).content.decode()
    assert "data-running" not in page
    assert "interpool/running" not in page
    event = AuditEvent.objects.get(object_ref=booking.ref, action="assign")
    assert (event.actor_kind, event.actor) == ("user", "operator")


@pytest.mark.usefixtures("_alive")
def test_a_second_click_and_a_second_message_change_nothing() -> None:
    InterpreterFactory.create()
    ready()
    client = client_of("operator")

    answers = [start(client), start(client)]
    carry_on_sweep("by hand t")
    before = digest()
    answers.append(start(client))
    assert carry_on_sweep("by hand t") == {"processed": 1}

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert digest() == before
    assert Run.objects.count() == 1


@pytest.mark.usefixtures("_alive")
def test_a_message_that_is_lost_is_made_up_for_by_a_tick() -> None:
    InterpreterFactory.create()
    booking = ready()
    start(client_of("operator"))
    OrmQ.objects.all().delete()
    Run.objects.update(started_at=timezone.now() - dt.timedelta(minutes=4))

    assert finish_abandoned(now=timezone.now(), actor=SCHEDULE) == 1

    booking.refresh_from_db()
    assert (booking.state, Run.objects.get().state) == ("approved", "done")


@pytest.mark.usefixtures("_alive")
def test_while_a_hold_stands_the_page_says_why_and_starts_nothing() -> None:
    InterpreterFactory.create()
    ready()
    client = client_of("operator")
    holds.set_hold(Cause.HAND, reason=STORM, actor=SCHEDULE)

    for page in (client.get("/admin/sweep/"), start(client)):
        text = page.content.decode()
        assert text.count("Claiming is on hold: Storm in the data centre") == 1
        assert ">Run the sweep</button>" not in text

    assert not Run.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.usefixtures("_alive")
def test_a_sweep_that_meets_a_hold_is_ended_by_the_first_tick_after_it() -> None:
    InterpreterFactory.create()
    booking, client = ready(), client_of("operator")
    start(client)
    run = Run.objects.get()
    holds.set_hold(Cause.HAND, reason=STORM, actor=SCHEDULE)

    assert carry_on_sweep("by hand t") == {"processed": 0, "on_hold": 1}
    assert tasks.tick() == {"processed": 0, "on_hold": 1}

    page = client.get(page_of(run)).content.decode()
    assert "It stands still. Claiming is on hold: Storm in the data centre" in page
    holds.lift(Cause.HAND, reason="The storm is over.", actor=SCHEDULE)
    assert tasks.tick()["resumed"] == 1
    booking.refresh_from_db()
    run.refresh_from_db()
    assert (booking.state, run.state, run.assigned) == ("approved", "done", 1)


@pytest.mark.usefixtures("_alive")
def test_a_run_at_work_is_left_to_its_process_without_a_hold() -> None:
    InterpreterFactory.create()
    ready()
    holds.set_hold(Cause.HAND, reason=STORM, actor=SCHEDULE)
    holds.lift(Cause.HAND, reason="The storm is over.", actor=SCHEDULE)
    start(client_of("operator"))

    assert finish_abandoned(now=timezone.now(), actor=SCHEDULE) == 0


@pytest.mark.usefixtures("_alive")
def test_a_run_that_no_hold_stops_is_left_to_its_process() -> None:
    start(client_of("operator"))
    Run.objects.update(kind="undo", state="applying")
    holds.set_hold(Cause.HAND, reason=STORM, actor=SCHEDULE)
    holds.lift(Cause.HAND, reason="The storm is over.", actor=SCHEDULE)

    assert finish_abandoned(now=timezone.now(), actor=SCHEDULE) == 0


@pytest.mark.usefixtures("_alive")
def test_a_sweep_by_hand_is_shown_in_words() -> None:
    client = client_of("operator")
    start(client)

    for address in (page_of(Run.objects.get()), "/admin/pooling/run/"):
        text = client.get(address).content.decode()
        assert "by hand" in text
        assert "by hand t" not in text
    assert Operation.objects.get().reason == "A sweep by hand."


@pytest.mark.parametrize("seconds", [None, 91])
def test_without_a_living_worker_it_is_done_in_the_request(seconds: int | None) -> None:
    InterpreterFactory.create()
    booking = ready()
    if seconds:
        at = timezone.now() - dt.timedelta(seconds=seconds)
        Heartbeat.objects.create(name="worker a", at=at)

    answer = start(client_of("operator"))

    booking.refresh_from_db()
    run = Run.objects.get()
    assert answer.headers["Location"] == page_of(run)
    assert (run.state, booking.state) == ("done", "approved")
    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_alive")
def test_a_real_worker_carries_it_out(process_environment: dict[str, str]) -> None:
    InterpreterFactory.create()
    booking = ready()
    start(client_of("operator"))
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"],
        cwd=ROOT,
        env=process_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: Run.objects.filter(state="done").exists(), seconds=60)
    finally:
        os.killpg(worker.pid, 9)
        worker.wait()

    booking.refresh_from_db()
    assert booking.state == "approved"
