"""Who would get what a switch makes due: shown before, done exactly so, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from assignment.models import Assignment, Booking, Leave
from assignment.policies import current_policy
from pooling.models import Plan, PlanRow, Run
from pooling.policy_plan import CHANGED
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.policy_browser import PAGE, fields, later, signed_in

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def due_in_urgent() -> Booking:
    """A booking that NORMAL keeps and URGENT decides at once."""
    return later("B-1", start=12, lead=10)


def decider() -> Client:
    """Somebody who may switch the mode and decide entries."""
    return signed_in("switch_mode", "pooling.run_sweep")


def shown_by(page: Any) -> list[tuple[str, str, list[str]]]:
    """Booking, word and people of each row that a confirmation proposes."""
    return [
        (row["row"].booking.ref, row["word"], [person.ref for person in row["people"]])
        for row in page.context["plan_rows"]
    ]


def confirmed(page: Any, **changes: Any) -> dict[str, Any]:
    """What the browser sends when the page is confirmed."""
    told = {
        "expected": page.context["effect"].digest,
        "proposed": page.context.get("proposed", ""),
    }
    return fields(mode="URGENT", reason="Peak week", **told, **changes)


def test_a_switch_shows_who_would_get_what_and_does_exactly_that() -> None:
    person = InterpreterFactory.create(ref="ANNA")
    booking = due_in_urgent()
    nobody = later("B-2", start=12.5, lead=10)
    Booking.objects.filter(pk=nobody.pk).update(languages=["sw"])
    client = decider()

    page = client.get(f"{PAGE}mode/URGENT/")

    assert shown_by(page) == [
        ("B-1", "would be assigned", ["ANNA"]),
        ("B-2", "would be escalated", []),
    ]
    assert [row["row"].place for row in page.context["plan_rows"]] == [1, 2]
    assert "Who would get what becomes due" in page.content.decode()
    assert (
        "What you leave out becomes due all the same: the next tick decides it alone, without "
        "asking you, within a minute."
    ) in page.content.decode()
    assert not Plan.objects.exists()
    saved = client.post(f"{PAGE}apply/", confirmed(page))

    run = Run.objects.get()
    assert client.get(saved.headers["Location"]).context["run"] == run
    assert (run.operation.key, run.operation.kind) == ("policy:2:immediate", "apply_plan")
    assert Plan.objects.get().policy.version == 2
    assert [(row.booking_id, row.interpreter_id) for row in Assignment.objects.all()] == [
        (booking.pk, person.pk)
    ]
    assert Booking.objects.get(pk=nobody.pk).escalation_code == "nobody_qualified"


def test_what_is_left_out_is_due_and_waits_for_the_tick() -> None:
    InterpreterFactory.create()
    booking = due_in_urgent()
    client = decider()
    page = client.get(f"{PAGE}mode/URGENT/")

    client.post(f"{PAGE}apply/", confirmed(page, leave_out=[booking.pk]))

    booking.refresh_from_db()
    assert (booking.state, booking.pool_status) == ("waiting", "ready")
    assert PlanRow.objects.get().stale == "Left out by hand."


def test_what_would_go_to_somebody_else_by_now_is_left_and_named() -> None:
    first, second = InterpreterFactory.create(ref="A"), InterpreterFactory.create(ref="B")
    booking = due_in_urgent()
    client = decider()
    page = client.get(f"{PAGE}mode/URGENT/")
    [(_, _, [shown])] = shown_by(page)
    gone = first if shown == "A" else second
    now = timezone.now()
    Leave.objects.create(interpreter=gone, starts_at=now, ends_at=now + 20 * DAY)

    client.post(f"{PAGE}apply/", confirmed(page))

    booking.refresh_from_db()
    assert (booking.state, booking.pool_status) == ("waiting", "ready")
    assert not Assignment.objects.exists()
    assert PlanRow.objects.get().stale == CHANGED


@pytest.mark.parametrize("proposed", ["", "x", "eyJ:a:b"])
def test_what_was_not_shown_is_given_to_nobody(proposed: str) -> None:
    InterpreterFactory.create()
    due_in_urgent()
    sent = fields(mode="URGENT", reason="Peak week", proposed=proposed)

    assert decider().post(f"{PAGE}apply/", sent).status_code == 302

    assert Booking.objects.get().pool_status == "ready"
    assert not Assignment.objects.exists()


def test_a_second_confirmation_changes_nothing() -> None:
    InterpreterFactory.create()
    due_in_urgent()
    client = decider()
    sent = confirmed(client.get(f"{PAGE}mode/URGENT/"))

    client.post(f"{PAGE}apply/", sent)
    client.post(f"{PAGE}apply/", sent)

    assert (Assignment.objects.count(), Run.objects.count(), Plan.objects.count()) == (1, 1, 1)


def test_who_may_not_decide_entries_switches_and_leaves_what_is_due_to_the_tick() -> None:
    InterpreterFactory.create()
    due_in_urgent()
    client = signed_in("switch_mode")

    page = client.get(f"{PAGE}mode/URGENT/")
    client.post(f"{PAGE}apply/", confirmed(page))

    assert page.context["plan_rows"] == ()
    assert "What becomes due is decided by the next tick" in page.content.decode()
    assert current_policy().mode == "URGENT"
    assert Booking.objects.get().pool_status == "ready"
    assert not Run.objects.exists()


def test_who_is_limited_to_teams_decides_and_sees_no_booking_of_others() -> None:
    own, other = TeamFactory.create(), TeamFactory.create()
    InterpreterFactory.create(team=other)
    mine, foreign = due_in_urgent(), later("B-2", start=12, lead=10)
    Booking.objects.filter(pk=mine.pk).update(team=own)
    Booking.objects.filter(pk=foreign.pk).update(team=other)
    client = decider()
    own.staff.add(User.objects.get())

    page = client.get(f"{PAGE}mode/URGENT/")
    saved = client.post(f"{PAGE}apply/", confirmed(page))
    report = client.get(saved.headers["Location"])

    for shown in (page, report):
        (group,) = shown.context["groups"]
        assert ([row.ref for row in group.rows], group.count, group.more) == (["B-1"], 2, 1)
        assert "B-2" not in shown.content.decode()
    assert not Run.objects.exists()


def test_a_database_that_is_busy_after_the_change_leaves_what_is_due_and_says_so() -> None:
    InterpreterFactory.create()
    due_in_urgent()
    client = decider()
    sent = confirmed(client.get(f"{PAGE}mode/URGENT/"))

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT INTO") and "pooling_plan" in sql:
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        saved = client.post(f"{PAGE}apply/", sent)

    report = client.get(saved.headers["Location"])
    said = [str(message) for message in report.context["messages"]]
    assert said == ["The policy is in force; what is due waits: the database is busy."]
    assert Booking.objects.get().pool_status == "ready"
