"""A plan is applied on the facts of the moment: what went stale is decided again, singly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.engine.opportunity import pack_people, unpack_people
from assignment.models import (
    Assignment,
    Booking,
    BookingPerson,
    Decision,
    Interpreter,
    Operation,
    Opportunity,
    Threshold,
)
from pooling import pool
from pooling.applying import apply_rows
from pooling.chunk import Work
from pooling.models import Plan, PlanRow, Run
from pooling.planning import Draft, draft_plan, store_plan
from pooling.retries import backoff
from pooling.selection import for_sweep
from pooling.sweep import sweep
from tests.factories.bookings import NOW, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.invariants import assert_sound
from tests.pooling.steps import columns, steps

pytestmark = pytest.mark.django_db


def plan_everything() -> Draft:
    """What would be decided now for everything that is due, stored as a plan."""
    draft = draft_plan(lambda _: for_sweep(now=NOW), now=NOW)
    store_plan(draft, kind=Plan.Kind.SWEEP, now=NOW)
    return draft


def apply(draft: Draft) -> dict[str, PlanRow]:
    """Claim and apply everything; the rows by the ref of their booking."""
    operation = Operation.objects.create(key="key", kind="sweep", business_now=NOW, actor="test")
    work = Work(operation=operation, policy=draft.policy, now=NOW, actor=COMMAND)
    claimed = pool.claim(Booking.objects.all(), limit=200, actor=COMMAND, operation_key="key")
    apply_rows(list(PlanRow.objects.all()), token=claimed.token, work=work)
    return {row.booking.ref: row for row in PlanRow.objects.select_related("booking")}


def bound() -> dict[str, list[str]]:
    """The refs of those who are bound, by booking."""
    rows = Assignment.objects.filter(state="active").order_by("position")
    found: dict[str, list[str]] = {}
    for booking, person in rows.values_list("booking__ref", "interpreter__ref"):
        found.setdefault(booking, []).append(person)
    return found


def test_a_plan_is_applied_as_it_stands() -> None:
    InterpreterFactory.create(ref="A", hours="Tue 06:00-07:00")
    InterpreterFactory.create(ref="B", hours="Tue 08:00-09:00")
    ReadyFactory.create(ref="1")
    ReadyFactory.create(ref="2", starts_at=after(days=1, hours=2))

    rows = apply(plan_everything())

    assert bound() == {"1": ["A"], "2": ["B"]}
    assert [(row.result, row.stale, row.record) for row in rows.values()] == [
        ("assigned", "", None)
    ] * 2
    assert_sound()


def spoil(person: Interpreter, booking: Booking, *, how: str) -> None:
    """Let something happen between plan and application."""
    changes: dict[str, Callable[[], object]] = {
        "leave": lambda: LeaveFactory.create(
            interpreter=person, starts_at=after(days=1), ends_at=after(days=2)
        ),
        "inactive": lambda: Interpreter.objects.filter(pk=person.pk).update(active=False),
        "hours": lambda: Interpreter.objects.filter(pk=person.pk).update(hours="Sun 01:00-02:00"),
        "languages": lambda: Interpreter.objects.filter(pk=person.pk).update(languages="fr"),
        "other work": lambda: approved(person, ref="other"),
        "excluded": lambda: BookingPerson.objects.create(
            booking=booking, interpreter=person, kind="excluded"
        ),
        "booking": lambda: Booking.objects.filter(pk=booking.pk).update(
            version=2, languages="ja", starts_at=after(days=1, minutes=15)
        ),
    }
    changes[how]()


REASONS = {
    "leave": "A is now on leave.",
    "inactive": "A is now not active.",
    "hours": "A is now outside their working hours.",
    "languages": "A is now without the languages.",
    "other work": "A is now busy with other work.",
    "excluded": "A is now excluded by the booking.",
    "booking": "The booking was changed.",
}


@pytest.mark.parametrize("how", REASONS)
def test_a_stale_row_is_decided_again_and_its_neighbours_are_untouched(how: str) -> None:
    person = InterpreterFactory.create(ref="A")
    approved(InterpreterFactory.create(ref="B", languages="ja;th;vi"), starts_at=after(days=-2))
    booking = ReadyFactory.create(ref="1")
    ReadyFactory.create(ref="2", languages="vi", starts_at=after(days=1, hours=3))
    draft = plan_everything()
    chosen = {row.booking_id: row.chosen for row in draft.rows}
    assert chosen[booking.pk] == [person.pk]
    spoil(person, booking, how=how)

    rows = apply(draft)

    who = "A" if how == "booking" else "B"
    assert (bound()["1"], bound()["2"]) == ([who], ["B"])
    assert (rows["1"].result, rows["1"].stale) == ("assigned", REASONS[how])
    assert (rows["2"].result, rows["2"].stale) == ("assigned", "")
    assert rows["1"].chosen == [Interpreter.objects.get(ref=who).pk]
    assert Decision.objects.filter(booking=booking).count() == 1
    assert_sound()


def test_a_stale_row_that_nobody_else_can_do_is_escalated() -> None:
    person = InterpreterFactory.create(ref="A")
    booking = ReadyFactory.create(ref="1")
    draft = plan_everything()
    spoil(person, booking, how="leave")

    rows = apply(draft)

    assert (rows["1"].result, rows["1"].stale) == ("escalated", "A is now on leave.")
    assert columns(booking, "escalation_code", "escalation_text") == {
        "escalation_code": "nobody_available",
        "escalation_text": "Nobody of 1 can: 1 on leave.",
    }
    assert_sound()


def test_what_started_meanwhile_is_escalated_and_never_bound() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create(ref="1", starts_at=NOW + dt.timedelta(minutes=1))
    draft = plan_everything()
    start = {"starts_at": NOW, "ends_at": after(hours=1), "pool_deadline_time": after(days=-10)}
    Booking.objects.filter(pk=booking.pk).update(**start)

    assert apply(draft)["1"].result == "escalated"
    assert columns(booking, "escalation_code") == {"escalation_code": "already_started"}
    assert bound() == {}


def test_what_was_lost_meanwhile_is_left_alone() -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create(ref="1")
    ReadyFactory.create(ref="2", starts_at=after(days=2))
    draft = plan_everything()
    Booking.objects.filter(pk=booking.pk).update(pool_status="waiting")

    rows = apply(draft)

    assert (rows["1"].result, rows["2"].result) == ("", "assigned")
    assert steps(booking) == []


def test_what_the_database_refuses_goes_singly_and_stops_nobody_else() -> None:
    person = InterpreterFactory.create(ref="A", hours="Tue 06:00-07:00")
    InterpreterFactory.create(ref="B", hours="Tue 08:00-09:00")
    refused = ReadyFactory.create(ref="1")
    ReadyFactory.create(ref="2", starts_at=after(days=1, hours=2))
    refuse_work_of(person)

    rows = apply(plan_everything())

    assert bound() == {"2": ["B"]}
    assert (rows["1"].result, rows["2"].result) == ("pooled", "assigned")
    assert columns(refused, "pool_status", "pool_processing_attempts") == {
        "pool_status": "ready",
        "pool_processing_attempts": 1,
    }
    assert [step[0] for step in steps(refused)] == ["claim", "release"]
    assert_sound()


def refuse_work_of(person: Interpreter) -> None:
    """Let the database itself refuse any work of this person."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE assignment_assignment ADD CONSTRAINT refused"
                f" CHECK (interpreter_id <> {person.pk})"
            )
            return
        cursor.execute(
            "CREATE TRIGGER refused BEFORE INSERT ON assignment_assignment"
            f" WHEN NEW.interpreter_id = {person.pk} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )


def test_one_entry_whose_deciding_fails_is_released_while_499_are_done() -> None:
    InterpreterFactory.create_batch(5)
    Booking.objects.bulk_create(
        ReadyFactory.build(starts_at=after(days=1 + number // 8, hours=number % 8), hours_long=0.25)
        for number in range(499)
    )
    Threshold.objects.filter(meeting_type__in=["VIP", "Other"]).delete()
    bad = ReadyFactory.create(meeting_type="VIP", starts_at=after(days=1, minutes=30))

    report = sweep(now=NOW, slot="s", actor=COMMAND)

    assert report.count("assigned") == 499
    assert report.count("pooled") == 1
    found = columns(bad, "pool_status", "pool_next_attempt_at", "pool_processing_attempts")
    assert found == {
        "pool_status": "ready",
        "pool_next_attempt_at": NOW + backoff(bad.ref, attempt=1),
        "pool_processing_attempts": 1,
    }
    assert [step[0] for step in steps(bad)] == ["claim", "release"]
    assert Run.objects.get().pooled == 1
    assert_sound()


def test_an_entry_whose_deciding_always_fails_ends_as_a_dead_letter() -> None:
    Threshold.objects.filter(meeting_type__in=["VIP", "Other"]).delete()
    bad = ReadyFactory.create(meeting_type="VIP")
    for number in range(8):
        sweep(now=after(minutes=20 * number), slot=f"{number}", actor=COMMAND)

    assert columns(bad, "pool_status", "pool_processing_attempts", "pool_last_error") == {
        "pool_status": "failed",
        "pool_processing_attempts": 6,
        "pool_last_error": "Deciding failed.",
    }
    assert [step[0] for step in steps(bad)] == ["claim", "release"] * 6
    assert_sound()


def who_could() -> dict[str, list[str]]:
    """Refs of those who could have had each booking, by its ref."""
    refs = dict(Interpreter.objects.values_list("pk", "ref"))
    rows = Opportunity.objects.values_list("booking__ref", "people")
    return {ref: [refs[key] for key in unpack_people(mask)] for ref, mask in rows}


def test_those_who_could_have_had_a_booking_are_kept_with_its_decision() -> None:
    InterpreterFactory.create(ref="A")
    approved(InterpreterFactory.create(ref="B"), starts_at=after(days=-2), hours_long=9)
    away = InterpreterFactory.create(ref="C")
    LeaveFactory(interpreter=away, starts_at=after(days=1), ends_at=after(days=2))
    InterpreterFactory.create(ref="D", languages="ja")
    ReadyFactory.create(ref="1")
    ReadyFactory.create(ref="2", languages="vi")

    apply(plan_everything())

    # B is too far ahead, which is a matter of choice; nobody speaks Vietnamese.
    assert bound()["1"] == ["A"]
    assert who_could() == {"1": ["A", "B"]}


def test_a_later_decision_replaces_who_could() -> None:
    person = InterpreterFactory.create(ref="A")
    InterpreterFactory.create(ref="B")
    booking = ReadyFactory.create(ref="1")
    Opportunity.objects.create(booking=booking, people=pack_people([person.pk]))

    apply(plan_everything())

    assert who_could() == {"1": ["A", "B"]}
