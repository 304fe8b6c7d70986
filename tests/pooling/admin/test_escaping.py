"""Whatever people type comes out as text: in pages, in the live board, in exported files."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import reverse

from assignment.audit import Actor, Entry, record
from assignment.models import Booking, DoNotSend, Interpreter, LedgerAdjustment, Team, Tenant
from pooling.models import Run
from pooling.sweep import sweep
from tests.factories.bookings import approved
from tests.factories.people import LeaveFactory
from tests.pooling.admin.people import client_of, escalated, failed, in_hours, ready

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FORMULA = '=HYPERLINK("http://evil","x")'
PAGES = [
    "index",
    "live",
    "assignment_booking_changelist",
    "pooling_poolentry_changelist",
    "pooling_attention_changelist",
    "assignment_interpreter_changelist",
    "assignment_leave_changelist",
    "assignment_donotsend_changelist",
    "assignment_ledgeradjustment_changelist",
    "assignment_team_changelist",
    "assignment_tenant_changelist",
    "assignment_assignment_changelist",
    "assignment_auditevent_changelist",
    "assignment_decision_changelist",
    "pooling_run_changelist",
    "auth_user_changelist",
]


@pytest.fixture
def _evil_rows() -> None:
    cache.clear()
    tenant = Tenant.objects.create(ref="t", name=EVIL)
    team = Team.objects.create(ref="team", name=EVIL, tenant=tenant)
    person = Interpreter.objects.create(
        ref="IN-1", name=EVIL, team=team, languages="ja;th", skills="<b>bold", phone=EVIL[:40]
    )
    texts = {"title": EVIL, "owner": EVIL, "group": EVIL, "room": EVIL, "team": team}
    approved(person, ref="B-1", starts_at=in_hours(24), **texts)
    escalated(ref="B-2", escalation_text=EVIL, **texts)
    failed(ref="B-3", pool_last_error=EVIL, **texts)
    ready(ref="B-4", pool_deadline_time=in_hours(-3), **texts)
    ready(ref="B-5", meeting_type="Other", other_type=EVIL, **texts)
    LeaveFactory(interpreter=person, starts_at=in_hours(1), ends_at=in_hours(2), reason=EVIL)
    DoNotSend.objects.create(owner=EVIL, interpreter=person, reason=EVIL)
    LedgerAdjustment.objects.create(
        interpreter=person, minutes=1, kind="credit", effective_at=in_hours(0), reason=EVIL
    )
    User.objects.create_user("x", first_name=EVIL)
    entry = Entry(
        action=EVIL[:40],
        object_type="booking",
        object_ref="B-1",
        reason=EVIL,
        changes={EVIL: [EVIL, EVIL], "rows": {EVIL: [EVIL]}},
    )
    record([entry], actor=Actor(kind="command", name=EVIL))
    sweep(now=in_hours(0), slot=EVIL, actor=Actor(kind="command", name=EVIL))


def assert_harmless(page: str) -> None:
    """No tag and no attribute of what was typed stands in the page."""
    for part in ("<script>alert", "<img src=x", "<b>bold"):
        assert part not in page
    assert "alert(1)" in page or "alert(2)" in page or "bold" in page or "{" in page


@pytest.mark.usefixtures("_evil_rows")
@pytest.mark.parametrize("page", PAGES)
def test_lists_and_the_dashboard_escape_every_text(page: str) -> None:
    answer = client_of("superuser").get(reverse(f"admin:{page}"))

    assert answer.status_code == 200
    text = answer.json()["fragments"] if page == "live" else {"page": answer.content.decode()}
    for part in text.values():
        assert "<script>alert" not in part
        assert "<img src=x" not in part
        assert "<b>bold" not in part


@pytest.mark.usefixtures("_evil_rows")
@pytest.mark.parametrize("ref", ["B-1", "B-2", "B-3", "B-4", "B-5"])
def test_the_page_of_a_booking_escapes_every_text(ref: str) -> None:
    booking = Booking.objects.get(ref=ref)
    address = reverse("admin:assignment_booking_change", args=(booking.pk,))
    client = client_of("superuser")

    for query in ({}, {"why": EVIL}, {"why": "IN-1"}):
        assert_harmless(client.get(address, query).content.decode())


@pytest.mark.usefixtures("_evil_rows")
def test_what_is_searched_comes_back_escaped() -> None:
    for page in PAGES[2:]:
        answer = client_of("superuser", name=page).get(reverse(f"admin:{page}"), {"q": EVIL})
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.usefixtures("_evil_rows")
def test_the_pages_of_actions_and_runs_escape_every_text() -> None:
    client = client_of("superuser")
    run = Run.objects.get()
    chosen = [row.pk for row in Booking.objects.all()]
    data = {"action": "cancel", "_selected_action": chosen, "index": 0}

    confirm = client.post(reverse("admin:assignment_booking_changelist"), data)

    assert_harmless(confirm.content.decode())
    assert_harmless(
        client.get(reverse("admin:pooling_run_change", args=(run.pk,))).content.decode()
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_exported_cells_are_never_run_by_a_spreadsheet(start: str) -> None:
    booking = ready(title=(start + FORMULA).strip())
    data = {"action": "export_bookings", "_selected_action": booking.pk, "index": 0}

    answer = client_of("viewer").post(reverse("admin:assignment_booking_changelist"), data)

    text = answer.getvalue().decode()
    assert f",'{booking.title[0]}" in text or f",\"'{booking.title[0]}" in text
