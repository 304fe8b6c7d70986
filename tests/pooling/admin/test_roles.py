"""Who may open, change and run what: the whole table."""

from __future__ import annotations

import pytest
from django.urls import reverse

from assignment.models import Booking
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, escalated, ready

pytestmark = pytest.mark.django_db

ROLES = (
    *(
        pytest.param(role, marks=pytest.mark.sqlite_only)
        for role in ("staff", "viewer", "auditor", "operator", "coordinator", "lead")
    ),
    "superuser",
)
"""What a page asks can differ by the database, who may open it cannot: there one opens them all."""
NOBODY, ALL = "none", "viewer auditor operator coordinator lead superuser"
WRITERS = "coordinator lead superuser"
MAY_OPEN = {
    "assignment_assignment_changelist": ALL,
    "assignment_assignment_add": NOBODY,
    "assignment_auditevent_changelist": "auditor operator lead superuser",
    "assignment_auditevent_add": NOBODY,
    "assignment_booking_changelist": ALL,
    "assignment_booking_add": WRITERS,
    "assignment_decision_changelist": ALL,
    "assignment_decision_add": NOBODY,
    "assignment_donotsend_changelist": ALL,
    "assignment_donotsend_add": WRITERS,
    "assignment_interpreter_changelist": ALL,
    "assignment_interpreter_add": WRITERS,
    "assignment_leave_changelist": ALL,
    "assignment_leave_add": WRITERS,
    "assignment_ledgeradjustment_changelist": ALL,
    "assignment_ledgeradjustment_add": "lead superuser",
    "assignment_team_changelist": ALL,
    "assignment_team_add": "lead superuser",
    "assignment_tenant_changelist": ALL,
    "assignment_tenant_add": "lead superuser",
    "pooling_attention_changelist": ALL,
    "pooling_attention_add": NOBODY,
    "pooling_plan_changelist": ALL,
    "pooling_plan_add": NOBODY,
    "pooling_poolentry_changelist": ALL,
    "pooling_poolentry_add": NOBODY,
    "pooling_run_changelist": ALL,
    "pooling_run_add": NOBODY,
    "auth_user_changelist": "superuser",
    "auth_user_add": "superuser",
    "auth_group_changelist": "superuser",
    "fairness": ALL,
    "live": ALL,
    "sweep": "operator coordinator lead superuser",
    "emergency": "lead superuser",
    "index": "staff " + ALL,
}
MAY_RUN = {
    ("assignment_booking", "process_now"): "operator coordinator lead superuser",
    ("assignment_booking", "retry"): "operator coordinator lead superuser",
    ("assignment_booking", "escalate"): "operator coordinator lead superuser",
    ("assignment_booking", "cancel"): WRITERS,
    ("pooling_poolentry", "process_now"): "operator coordinator lead superuser",
    ("pooling_poolentry", "retry"): "operator coordinator lead superuser",
    ("pooling_poolentry", "release"): "operator coordinator lead superuser",
    ("pooling_poolentry", "escalate"): "operator coordinator lead superuser",
    ("pooling_poolentry", "cancel"): WRITERS,
    ("pooling_attention", "retry"): "operator coordinator lead superuser",
    ("pooling_attention", "cancel"): WRITERS,
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", MAY_OPEN)
def test_a_page_opens_for_its_roles_alone(page: str, role: str) -> None:
    expected = 200 if role in MAY_OPEN[page].split() else 403

    assert client_of(role).get(reverse(f"admin:{page}")).status_code == expected


@pytest.mark.parametrize("page", MAY_OPEN)
def test_somebody_who_is_not_signed_in_is_asked_to(page: str) -> None:
    answer = client_of("anonymous").get(reverse(f"admin:{page}"))

    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("page", "action"), MAY_RUN)
def test_the_second_step_asks_for_the_permission_again(page: str, action: str, role: str) -> None:
    answer = client_of(role).post(reverse(f"admin:{page}_do", args=(action,)), {"selection": "x"})

    assert answer.status_code == (302 if role in MAY_RUN[page, action].split() else 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("page", "action"), MAY_RUN)
def test_the_first_step_opens_for_its_roles_alone(page: str, action: str, role: str) -> None:
    booking = escalated() if page == "pooling_attention" else ready()
    data = {"action": action, "_selected_action": booking.pk, "index": 0}
    answer = client_of(role).post(reverse(f"admin:{page}_changelist"), data)

    if action == "process_now":
        shown = "/plan/" in answer.headers.get("Location", "")
        assert shown == (role in MAY_RUN[page, action].split())
        return
    shown = answer.status_code == 200 and b'name="token"' in answer.content
    asked = (
        role in MAY_RUN[page, action].split() and b"None of the chosen rows" not in answer.content
    )
    assert shown == asked


@pytest.mark.parametrize("role", [*ROLES, "anonymous"])
@pytest.mark.parametrize("action", ["process_now", "retry", "release", "escalate", "cancel"])
def test_looking_at_an_action_changes_nothing(action: str, role: str) -> None:
    booking = ready()

    client_of(role).get(reverse("admin:pooling_poolentry_do", args=(action,)))
    client_of(role, name="again").get(
        reverse("admin:pooling_poolentry_changelist"), {"action": action}
    )

    booking.refresh_from_db()
    assert booking.pool_status == "ready"


@pytest.mark.parametrize("role", ["superuser", "lead"])
@pytest.mark.parametrize(
    "page",
    ["booking", "interpreter", "team", "assignment", "decision", "auditevent", "ledgeradjustment"],
)
def test_nobody_deletes_what_a_history_refers_to(page: str, role: str) -> None:
    rows = {"booking": ready, "interpreter": InterpreterFactory, "team": TeamFactory}
    pk = rows[page]().pk if page in rows else 1
    answer = client_of(role).post(
        reverse(f"admin:assignment_{page}_delete", args=(pk,)), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert Booking.objects.count() == (1 if page == "booking" else 0)


def test_there_is_no_bulk_deletion() -> None:
    client = client_of("superuser")
    booking = ready()
    data = {"action": "delete_selected", "_selected_action": booking.pk, "post": "yes"}

    for page in ("assignment_booking", "assignment_leave", "auth_user"):
        client.post(reverse(f"admin:{page}_changelist"), data)
        assert (
            "delete_selected"
            not in client.get(reverse(f"admin:{page}_changelist")).content.decode()
        )
    assert Booking.objects.filter(pk=booking.pk).exists()


@pytest.mark.parametrize("table", ["schedule", "success", "failure", "ormq"])
def test_the_queue_has_no_pages(table: str) -> None:
    client = client_of("superuser")

    assert client.get(f"/admin/django_q/{table}/").status_code == 404
    assert client.get(f"/admin/django_q/{table}/add/").status_code == 404
    assert b"django_q" not in client.get("/admin/").content
