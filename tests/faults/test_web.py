"""Pages while the database is crowded or read-only, and a web process that dies in a save."""

from __future__ import annotations

import signal
from contextlib import suppress
from itertools import count

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling.tick import tick
from tests.factories.people import InterpreterFactory
from tests.faults.forks import killed_after
from tests.faults.own import ask
from tests.invariants import assert_sound
from tests.own_server import OwnServer
from tests.pooling.admin.forms import ADD, fields
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db(transaction=True)
STEP = 17


def test_a_booking_whose_web_process_dies_while_saving_is_whole_or_not_there() -> None:
    InterpreterFactory.create_batch(40)
    browser = client_of("coordinator")
    seen = set()
    for number in count(1, STEP):
        ref = f"B-{number}"
        start = fields(ref=ref, languages="ja;th")
        code = killed_after(number, lambda sent=start: browser.post(ADD, sent))  # type: ignore[misc]
        connection.close()
        seen.add(Booking.objects.filter(ref=ref).exists())
        tick(now=timezone.now(), actor=COMMAND)
        for booking in Booking.objects.filter(ref=ref):
            assert booking.state == "approved", f"statement {number}"
            assert AuditEvent.objects.filter(object_ref=ref, action="assign").count() == 1
        assert_sound()
        if code != -signal.SIGKILL:
            break
    assert (seen, number > 5 * STEP) == ({True, False}, True)


def page(browser: Client, address: str) -> tuple[int, str]:
    """Status and text of a page, also when it fails."""
    cache.clear()
    browser.raise_request_exception = False
    answer = browser.get(address)
    return answer.status_code, answer.content.decode()


@pytest.mark.postgres_only
def test_pages_of_a_crowded_server_say_busy_and_come_back(url: str) -> None:
    browser = client_of("viewer")
    connection.close()
    crowd: list[psycopg.Connection[tuple[object, ...]]] = []
    try:
        with suppress(psycopg.OperationalError):
            while len(crowd) < 100:
                crowd.append(psycopg.connect(url))
        status, text = page(browser, "/admin/")
    finally:
        for one in crowd:
            one.close()
    connection.close()

    assert status == 503
    assert "The database is busy: try again in a moment." in text
    assert "Traceback" not in text
    assert page(browser, "/admin/")[0] == 200


@pytest.mark.postgres_only
def test_the_dashboard_of_a_read_only_server_can_be_read(server: OwnServer, url: str) -> None:
    browser = client_of("superuser")
    name = url.rsplit("/", 1)[1]
    connection.close()
    ask(server, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    assert page(browser, "/admin/")[0] == 200
    assert page(browser, "/admin/pooling/poolentry/")[0] == 200
    browser.raise_request_exception = False
    refused = browser.post(ADD, fields())

    assert refused.status_code == 503
    assert "takes no changes now: it is read-only or full" in refused.content.decode()
    ask(server, f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    connection.close()
    assert not Booking.objects.exists()


def test_a_page_that_fails_unexpectedly_tells_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = client_of("viewer")

    def broken(**_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("monitoring.dashboard.read_board", broken)
    status, text = page(browser, "/admin/")

    assert status == 500
    assert "Something went wrong" in text
    assert "Reference: " in text
    assert "swordfish" not in text
