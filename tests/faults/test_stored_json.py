"""JSON of the wrong shape, of 5 MB or nested deeply, in every column: a sentence, never a crash."""

from __future__ import annotations

import json
import zlib
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from assignment import sessions
from assignment.audit import COMMAND
from assignment.errors import StoredDataError
from assignment.guarantees import install, suspend_append_only
from assignment.models import AuditEvent, Booking, Policy
from monitoring.repair import audit_integrity
from pooling.models import Plan, Run
from pooling.sweep import preview_sweep
from tests.factories.bookings import NOW
from tests.factories.sessions import DeskFactory, SessionFactory, online
from tests.faults.service import make_service, sweep_it
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db(transaction=True)
DEEP = "[" * 1_500 + "]" * 1_500
"""SQLite takes no deeper JSON; Python cannot decode it in a page."""
WRONG = {
    "null": "null",
    "number": "7",
    "text": '"ab"',
    "list": '[{"a": [1]}, null, "x"]',
    "object": '{"a": {"b": [1]}, "c": 5}',
    "large": json.dumps(["x" * 50] * 100_000),
    "deep": DEEP,
}
COLUMNS = {
    "policy's rules": ("assignment_policy", "soft_rules"),
    "policy's holidays": ("assignment_policy", "holidays"),
    "result of an operation": ("assignment_operation", "result"),
    "changes of an event": ("assignment_auditevent", "changes"),
    "evenness of a plan": ("pooling_plan", "joint"),
    "people of a plan": ("pooling_planrow", "chosen"),
}
RECORDS = {
    "decision": ("assignment_decision", "record"),
    "roster": ("assignment_roster", "record"),
    "choice of a plan": ("pooling_planrow", "record"),
}
ORDERS = (("pool_status",), ("explain", "due 0"))
SENTENCE = (
    "The record of the decision for due 0 is damaged and cannot be read: restore it from a backup."
)


@pytest.fixture
def pages() -> list[str]:
    """A plan that was shown, and a run that is done; the pages that show them."""
    make_service()
    client_of("superuser")
    preview_sweep(now=NOW)
    sweep_it()
    rows = (
        ("assignment_booking", Booking.objects.get(ref="due 0")),
        ("assignment_auditevent", AuditEvent.objects.latest("pk")),
        ("assignment_policy", Policy.objects.latest("pk")),
        ("pooling_plan", Plan.objects.earliest("pk")),
        ("pooling_run", Run.objects.get()),
    )
    changes = [reverse(f"admin:{name}_change", args=[row.pk]) for name, row in rows]
    return ["/admin/", *changes, reverse("admin:assignment_auditevent_changelist")]


def put(table: str, column: str, value: str | bytes) -> None:
    """Write the value into the column of every row, past every guard."""
    suspend_append_only(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [value])  # noqa: S608 - our own names
    install(connection)


def failures(pages: list[str]) -> list[tuple[str, object]]:
    """The pages that fail, and the commands that do not know why they do."""
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.get(username="superuser"))
    found: list[tuple[str, object]] = []
    for page in pages:
        cache.clear()
        status = browser.get(page).status_code
        if status >= 400:
            found.append((page, status))
    for order in ORDERS:
        out = StringIO()
        try:
            call_command(*order, "--json", stdout=out)
        except CommandError as error:
            if json.loads(out.getvalue())["error"]["code"] != StoredDataError.code:
                found.append((" ".join(order), str(error)))
    return found


def findings() -> set[str]:
    """The codes of what the audit finds."""
    return {row.code for row in audit_integrity(now=NOW).findings}


@pytest.mark.parametrize("column", COLUMNS)
def test_json_of_a_wrong_shape_breaks_no_page_and_is_found(column: str, pages: list[str]) -> None:
    table, name = COLUMNS[column]
    for value, text in WRONG.items():
        put(table, name, text)

        assert failures(pages) == [], value
    put(table, name, WRONG["number"])
    assert "json_misshapen" in findings()


@pytest.mark.parametrize("column", RECORDS)
def test_a_record_that_cannot_be_read_is_said_so_on_its_page(column: str, pages: list[str]) -> None:
    table, name = RECORDS[column]
    for value, text in WRONG.items():
        put(table, name, zlib.compress(text.encode()))

        assert failures(pages) == [], value
    put(table, name, b"no record")
    assert failures(pages) == []


def test_the_page_and_the_command_say_that_a_decision_cannot_be_read(pages: list[str]) -> None:
    put("assignment_decision", "record", b"no record")
    browser = Client()
    browser.force_login(User.objects.get(username="superuser"))
    with pytest.raises(CommandError) as refused:
        call_command("explain", "due 0", "--json", stdout=StringIO())

    assert SENTENCE in browser.get(pages[1]).content.decode()
    assert (refused.value.returncode, str(refused.value)) == (1, SENTENCE)
    assert "decision_differs" in findings()


def test_the_page_of_a_session_says_that_its_decision_cannot_be_read() -> None:
    desk = DeskFactory.create(strategy="least_active")
    online(desk.team, ref="A")
    session = SessionFactory.create(team=desk.team)
    sessions.drain(desk, now=NOW, actor=COMMAND)
    put("assignment_sessiondecision", "record", b"no record")

    page = client_of("superuser").get(reverse("admin:assignment_session_change", args=[session.pk]))

    assert (
        page.status_code,
        f"decision for {session.ref} is damaged" in page.content.decode(),
    ) == (
        200,
        True,
    )
    assert "session_decision_differs" in findings()
