"""``drain_sessions``, its exit codes, and the task of the clock that does the same."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_redis import get_redis_connection

from assignment.models import Session, Tenant
from assignment.tasks import keep_sessions
from tests.factories.bookings import NOW
from tests.factories.people import TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory, online

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[dict[str, Any], int]:
    """The JSON object of the command, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("drain_sessions", "--json", "--now", NOW.isoformat(), *arguments, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    except CommandError as error:
        code = error.returncode
    return json.loads(out.getvalue()), code


def two_desks() -> None:
    """Desks of the teams a and b, each with somebody online and two sessions that need them."""
    for ref in ("a", "b"):
        desk = DeskFactory.create(team=TeamFactory.create(ref=ref), max_chats=1)
        online(desk.team)
        SessionFactory.create_batch(2, team=desk.team)


def test_it_serves_all_queues_and_counts() -> None:
    two_desks()

    assert run() == ({"assigned": 2, "left": 2, "errors": 0, "without_desk": 0}, 0)
    assert run() == ({"assigned": 0, "left": 2, "errors": 0, "without_desk": 0}, 0)


def test_it_can_be_limited_to_a_team() -> None:
    two_desks()

    assert run("--team", "b") == ({"assigned": 1, "left": 1, "errors": 0, "without_desk": 0}, 0)
    assert Session.objects.filter(state="assigned").get().team.ref == "b"  # type: ignore[union-attr]


def test_it_counts_the_sessions_that_no_queue_holds() -> None:
    two_desks()
    one, other = (TeamFactory.create(ref=ref) for ref in ("lone", "other"))
    SessionFactory.create(team=one)
    SessionFactory.create_batch(2, team=other)
    SessionFactory.create(tenant=Tenant.objects.create(ref="t", name="T"))
    text = StringIO()

    assert run()[0] == {"assigned": 2, "left": 2, "errors": 0, "without_desk": 4}
    assert run("--team", "other")[0]["without_desk"] == 2
    call_command("drain_sessions", "--team", "lone", stdout=text)
    assert text.getvalue() == "assigned 0, left 0, errors 0\n1 session waits for a desk.\n"


def test_an_unknown_team_is_bad_input() -> None:
    answer, code = run("--team", "x")

    assert code == 2
    assert answer["error"]["message"] == ("There is no team “x”: write the ref of one that exists.")


def test_a_redis_that_holds_no_number_is_an_unavailable_dependency() -> None:
    two_desks()
    for session in Session.objects.all():
        get_redis_connection("default").set(f"assignment:rr:team:{session.team_id}", "abc")

    assert run() == ({"assigned": 0, "left": 4, "errors": 2, "without_desk": 0}, 3)


def test_the_clock_does_the_same() -> None:
    two_desks()

    assert keep_sessions() == {"assigned": 2, "left": 2, "errors": 0}
    assert Session.objects.filter(assigned_at__lte=timezone.now()).count() == 2
