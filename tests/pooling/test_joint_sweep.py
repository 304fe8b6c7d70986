"""The daily sweep in BALANCE: due and look-ahead decided together, the due ones bound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assignment.audit import COMMAND
from assignment.engine.explain import explain, rederive
from assignment.models import Assignment, Booking, Decision
from assignment.policies import current_policy, store_policy
from monitoring.audits.decisions import everybody_bound_follows_from_the_record
from pooling.models import Plan
from pooling.planning import draft_plan
from pooling.selection import for_look_ahead, for_sweep
from pooling.sweep import preview_sweep, sweep
from tests.factories.bookings import NOW, ReadyFactory, WaitingFactory, after
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _balance(db: None) -> None:
    store_policy(replace(current_policy(), mode="BALANCE"), reason="Test.")


def people_of(ref: str) -> list[str]:
    """Who is bound to a booking."""
    rows = Assignment.objects.filter(booking__ref=ref).order_by("position")
    return list(rows.values_list("interpreter__ref", flat=True))


def test_due_entries_are_decided_together_and_told_so() -> None:
    for ref in "AB":
        InterpreterFactory.create(ref=ref)
    ReadyFactory.create(ref="1", starts_at=after(days=1))
    ReadyFactory.create(ref="2", starts_at=after(days=2))
    ReadyFactory.create(ref="3", starts_at=after(days=3), hours_long=2)

    report = sweep(now=NOW, slot="s", actor=COMMAND)

    assert people_of("1") == people_of("2") != people_of("3")
    assert report.as_json()["bound"] == {
        "together": 3,
        "objective": 0,
        "bound": 0,
        "gap": 0.0,
        "proven": True,
        "steps": Plan.objects.get().joint["steps"],
        "stopped_by_clock": False,
    }
    assert "proven the best" in report.as_text()
    decision = Decision.objects.select_related("booking", "policy", "roster").get(booking__ref="3")
    assert rederive(decision) == tuple(people_of("3"))
    told = explain(decision)
    assert told.notes[0].startswith("Decided together with 2 other bookings")
    (other,) = {"A", "B"} - set(people_of("3"))
    reasons = {row.interpreter: row.reason for row in told.candidates}
    assert reasons[people_of("3")[0]] == (
        "Decided with 2 others: 2.00 h below the fair share without this booking."
    )
    assert reasons[other] == (
        "Place 2: would make the hours less even by 8.00 h²; would get it with 2.00 h less on "
        "the books."
    )
    assert_sound()
    assert everybody_bound_follows_from_the_record(NOW).wrong == ()


def test_the_pages_of_run_plan_and_booking_tell_of_the_joint_decision() -> None:
    for ref in "AB":
        InterpreterFactory.create(ref=ref)
    booking = ReadyFactory.create(ref="1")
    plan = preview_sweep(now=NOW).plan
    run = sweep(now=NOW, slot="s", actor=COMMAND).run
    client = client_of("superuser")

    def page(name: str, key: int | None) -> str:
        return client.get(reverse(f"admin:{name}_change", args=(key,))).content.decode()

    shown = page("pooling_plan", plan)
    assert "Decided jointly: proven the best." in shown
    assert "Place 1 of 2 who can take it: 0.50 h below the fair share." in shown
    assert "1 decided together; squared deviations" in page("pooling_run", run)
    told = page("assignment_booking", booking.pk)
    assert "Decided together with 0 other bookings" in told
    assert "Hours below share" in told


def test_what_is_ahead_is_decided_with_it_and_stays_in_the_pool() -> None:
    InterpreterFactory.create(ref="A")
    InterpreterFactory.create(ref="B", languages="ja")
    ReadyFactory.create(ref="1", languages="ja")
    WaitingFactory.create(
        ref="2", starts_at=after(days=12), pool_deadline_time=after(days=4), languages="ja;th"
    )

    sweep(now=NOW, slot="s", actor=COMMAND)

    assert people_of("1") == ["B"]
    assert Booking.objects.get(ref="2").pool_status == "waiting"
    assert Plan.objects.get().joint["together"] == 2
    assert list(Plan.objects.get().rows.values_list("booking__ref", flat=True)) == ["1"]


def test_the_look_ahead_ends_at_the_general_threshold_of_the_type() -> None:
    from_15 = {"meeting_type": "General", "pool_deadline_time": after(days=1)}
    WaitingFactory.create(ref="1", starts_at=after(days=15), **from_15)
    WaitingFactory.create(ref="2", starts_at=after(days=15, minutes=1), **from_15)
    WaitingFactory.create(
        ref="3", starts_at=after(days=30), meeting_type="DR", pool_deadline_time=after(days=1)
    )
    WaitingFactory.create(ref="4", starts_at=after(days=3), pool_deadline_time=NOW)
    ReadyFactory.create(ref="5")
    policy = draft_plan(lambda _: for_sweep(now=NOW), now=NOW).policy

    assert sorted(row.ref for row in for_look_ahead(now=NOW, policy=policy)) == ["1", "3"]


def test_a_preview_promises_what_the_sweep_does() -> None:
    for number in range(4):
        InterpreterFactory.create(ref=f"P{number}")
    for number in range(9):
        ReadyFactory.create(
            ref=f"B{number}", starts_at=after(days=1, hours=number % 3), hours_long=1 + number % 2
        )

    promised = preview_sweep(now=NOW).as_json()
    done = sweep(now=NOW, slot="s", actor=COMMAND).as_json()

    def people(report: dict[str, list[dict[str, object]]]) -> dict[object, object]:
        return {row["booking"]: row["interpreters"] for row in report["entries"]}

    assert people(promised) == people(done)
    assert promised["bound"] == done["bound"]
    assert promised["fairness"] == done["fairness"]


def test_the_queries_of_a_joint_plan_do_not_grow_with_bookings_or_people() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            draft_plan(
                lambda _: for_sweep(now=NOW),
                now=NOW,
                ahead=lambda policy: for_look_ahead(now=NOW, policy=policy),
            )
        return len(found)

    InterpreterFactory.create(ref="A")
    ReadyFactory.create(ref="1")
    WaitingFactory.create(ref="2", starts_at=after(days=11))
    few = queries()
    InterpreterFactory.create_batch(8)
    for number in range(30):
        ReadyFactory.create(starts_at=after(days=1 + number % 7, hours=number % 5))

    assert queries() == few


def test_entries_of_other_modes_are_covered_by_exchange_in_the_database_too() -> None:
    store_policy(replace(current_policy(), mode="NORMAL"), reason="Test.")
    InterpreterFactory.create(ref="A")
    InterpreterFactory.create(ref="B", languages="ja")
    ReadyFactory.create(ref="1", languages="ja", pool_deadline_time=after(days=-3))
    ReadyFactory.create(ref="2", languages="th", pool_deadline_time=after(days=-2))
    ReadyFactory.create(ref="0", languages="ja", starts_at=after(days=5, hours=2))

    report = sweep(now=NOW, slot="s", actor=COMMAND)

    assert report.count("assigned") == 3
    assert (people_of("1"), people_of("2")) == (["B"], ["A"])
    assert report.as_json()["bound"] is None
    assert_sound()
    assert everybody_bound_follows_from_the_record(NOW).wrong == ()
