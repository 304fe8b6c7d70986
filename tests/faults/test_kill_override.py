"""``kill -9`` after every fifth statement of an override that was previewed, then again."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Booking, Decision, Leave
from pooling.emergency import (
    EmergencyReport,
    key_of_preview,
    preview_emergency,
    process_emergency,
)
from pooling.models import Plan, Run
from tests.factories.bookings import NOW, WaitingFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults.forks import Counter, kill_points
from tests.faults.kept import deaths, kept
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)
Facts = dict[str, tuple[str, int, str]]


def shown() -> Plan:
    """A preview of five rows: two assigned, one for a person, one left out, one stale."""
    InterpreterFactory.create(ref="A")
    ill = InterpreterFactory.create(ref="B", languages="fr")
    for number, languages in enumerate(("ja", "ja", "is", "ja", "fr")):
        WaitingFactory.create(
            ref=f"{number}", languages=languages, starts_at=after(days=20 + number)
        )
    plan = Plan.objects.get(pk=preview_emergency(now=NOW).plan or 0)
    Leave.objects.create(interpreter=ill, starts_at=NOW, ends_at=after(days=90))
    return plan


def carry_out(plan: Plan) -> EmergencyReport:
    """Confirm the preview."""
    return process_emergency(
        now=NOW,
        actor=COMMAND,
        reason="Storm.",
        key=key_of_preview(plan),
        plan=plan,
        leave_out=Booking.objects.filter(ref="3").values_list("pk", flat=True),
    )


def facts() -> Facts:
    """How every booking stands: its state, its attempts, why."""
    return {
        row.ref: (
            row.pool_status or row.escalation_code or row.state,
            row.pool_processing_attempts,
            row.pool_last_error,
        )
        for row in Booking.objects.all()
    }


EXPECTED = {
    "0": ("approved", 0, ""),
    "1": ("approved", 0, ""),
    "2": ("nobody_qualified", 0, ""),
    "3": ("waiting", 0, ""),
    "4": ("waiting", 0, ""),
}


def test_an_override_killed_after_a_statement_ends_as_it_was_shown() -> None:
    act = partial(carry_out, shown())
    counter = Counter()
    with kept():
        with connection.execute_wrapper(counter):
            act()
        assert facts() == EXPECTED
        assert counter.count > 40

        for number in deaths(kill_points(counter.count), act):
            done = act().as_json()

            ended = {ref: state for ref, (state, _, _) in facts().items()}
            assert ended == {ref: state for ref, (state, _, _) in EXPECTED.items()}, number
            names = ("total", "assigned", "escalated", "failed", "skipped")
            assert [done[name] for name in names] == [5, 2, 1, 0, 2], number
            assert (done["left_out"], [row["booking"] for row in done["stale"]]) == (["3"], ["4"])
            assert (Run.objects.count(), Assignment.objects.count(), Decision.objects.count()) == (
                1,
                2,
                3,
            ), number
            assert AuditEvent.objects.filter(action="emergency").count() == 1, number
            assert_sound()
