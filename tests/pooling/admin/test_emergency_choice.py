"""Confirming the preview of an override: exactly it, without the rows ticked, once."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.models import Assignment, Booking, Leave
from pooling.emergency import preview_emergency
from pooling.models import Plan, Run
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.overriding import confirm, expire, preview_of, previewed
from tests.pooling.admin.people import client_of, in_hours, ready, waiting
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


def states(*bookings: Booking) -> list[str]:
    """In which state each booking is now."""
    found = Booking.objects.in_bulk([booking.pk for booking in bookings])
    rows = [found[booking.pk] for booking in bookings]
    return [row.pool_status or ("escalated" if row.escalated_at else row.state) for row in rows]


def test_what_was_shown_is_done_and_not_what_would_be_decided_by_now() -> None:
    shown = InterpreterFactory.create()
    booking, client = waiting(), client_of("lead")
    preview = previewed(client)
    InterpreterFactory.create()

    confirm(client, preview)

    assert Assignment.objects.get(booking=booking).interpreter == shown


def test_rows_left_out_and_stale_rows_are_counted_under_skipped_and_named() -> None:
    InterpreterFactory.create()
    ill = InterpreterFactory.create(languages="is")
    taken, left = waiting(ref="A"), waiting(ref="B", starts_at=in_hours(490))
    stale = waiting(ref="C", languages="is")
    client = client_of("lead")
    preview = previewed(client)
    Leave.objects.create(interpreter=ill, starts_at=in_hours(0), ends_at=in_hours(999))

    page = client.get(confirm(client, preview, leave_out=str(left.pk)).headers["Location"])

    counts = {tab["text"]: tab["count"] for tab in page.context["result_tabs"]}
    assert counts == {"assigned": 1, "escalated": 0, "failed": 0, "skipped": 2}
    assert page.context["all_count"] == 3
    assert [(row.booking, row.stale) for row in page.context["stale_rows"]] == [
        (stale, f"{ill.ref} is now on leave.")
    ]
    assert "Left out by hand." in page.content.decode()
    assert states(taken, left, stale) == ["approved", "waiting", "waiting"]


def test_what_came_since_is_said_before_and_named_after() -> None:
    InterpreterFactory.create()
    waiting()
    client = client_of("lead")
    preview = previewed(client)
    late = waiting(ref="LATE", starts_at=in_hours(500))

    before = client.get(preview)
    after = client.get(confirm(client, preview).headers["Location"])

    assert before.context["newcomer_count"] == 1
    assert "1 entry came into the pool since" in before.content.decode()
    assert after.context["came_since"] == [late]
    assert states(late) == ["waiting"]


def test_turning_to_other_rows_keeps_ticks_and_reason_and_asks_for_no_password() -> None:
    InterpreterFactory.create()
    taken = waiting(ref="A")
    nobody = waiting(ref="B", languages="sw")
    client = client_of("lead")
    preview = previewed(client)
    expire(client)
    before = digest()

    turned = confirm(client, preview, go="result=stop", leave_out=str(taken.pk))

    assert turned.status_code == 200
    assert [row["row"].booking for row in turned.context["plan_rows"]] == [nobody]
    assert turned.context["left_elsewhere"] == str(taken.pk)
    assert "The storm closed the bridge." in turned.content.decode()
    assert digest() == before


def test_a_confirmation_with_other_rows_or_another_reason_is_refused_as_a_conflict() -> None:
    InterpreterFactory.create()
    booking, client = waiting(), client_of("lead")
    preview = previewed(client)
    once = confirm(client, preview)
    before = digest()

    again = confirm(client, preview)
    others = (
        confirm(client, preview, leave_out=str(booking.pk)),
        confirm(client, preview, reason="The flood."),
    )

    assert again.headers["Location"] == once.headers["Location"]
    for answer in others:
        assert answer.status_code == 409
        assert "with other rows or another reason" in answer.context["error"]
        assert 'name="reason"' not in answer.content.decode()
    assert digest() == before


def test_one_that_was_killed_is_gone_on_with_by_what_was_confirmed() -> None:
    InterpreterFactory.create()
    taken, left, client = ready(), waiting(), client_of("lead")
    preview = previewed(client)
    confirm(client, preview, leave_out=str(left.pk))
    run = Run.objects.get()
    Run.objects.update(state="applying")

    answer = client.post(reverse("admin:emergency_resume", args=(run.pk,)), {"password": "x"})

    run.refresh_from_db()
    assert answer.headers["Location"] == reverse("admin:pooling_run_change", args=(run.pk,))
    assert (run.state, run.assigned, run.pooled) == ("done", 1, 1)
    assert states(taken, left) == ["approved", "waiting"]


def test_a_coordinator_cannot_carry_out_a_preview_anywhere() -> None:
    booking = waiting()
    plan = Plan.objects.get(pk=preview_emergency(now=timezone.now()).plan or 0)
    client = client_of("coordinator")

    answers = (
        confirm(client, preview_of(plan)),
        client.post(reverse("admin:pooling_plan_apply", args=(plan.pk,)), {"reason": "Storm."}),
    )

    assert [answer.status_code for answer in answers] == [403, 403]
    assert states(booking) == ["waiting"]
