"""The daily sweep: everything due, in order, once per slot; its preview promises the same."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking, Operation
from pooling.models import Plan, Run
from pooling.reports import RunReport
from pooling.sweep import preview_sweep, sweep, sweep_if_missed
from tests.factories.bookings import NOW, BookingFactory, ReadyFactory, WaitingFactory, after
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.pooling.pool.test_entering import every
from tests.pooling.steps import digest, steps

pytestmark = pytest.mark.django_db


def run(*, slot: str = "s", now: dt.datetime = NOW) -> RunReport:
    """Sweep as the command line does."""
    return sweep(now=now, slot=slot, actor=COMMAND)


def results(report: RunReport) -> list[tuple[str, str, tuple[str, ...]]]:
    """Booking, result and people of each entry."""
    return [(row.booking, row.result, row.interpreters) for row in report.entries]


def test_a_sweep_gates_readies_and_decides_everything_due() -> None:
    InterpreterFactory.create(ref="A")
    ungated = BookingFactory.create(ref="1", starts_at=after(days=3))
    waiting = WaitingFactory.create(ref="2", starts_at=after(days=4))
    BookingFactory.create(ref="3", starts_at=after(days=11))
    ReadyFactory.create(ref="4", starts_at=after(days=5), pool_next_attempt_at=after(minutes=1))
    ReadyFactory.create(ref="5", starts_at=after(days=6), pool_next_attempt_at=NOW)

    report = run()

    assert results(report) == [
        ("1", "assigned", ("A",)),
        ("2", "assigned", ("A",)),
        ("5", "assigned", ("A",)),
    ]
    states = dict(Booking.objects.values_list("ref", "pool_status"))
    assert states == {"1": None, "2": None, "3": "waiting", "4": "ready", "5": None}
    assert steps(ungated) == [
        ("gate", "ungated", "ready"),
        ("claim", "ready", "processing"),
        ("assign", "processing", "approved"),
    ]
    assert [step[0] for step in steps(waiting)] == ["due", "claim", "assign"]
    assert_sound()


def test_the_earlier_deadline_gets_the_only_person() -> None:
    InterpreterFactory.create(ref="A")
    ReadyFactory.create(ref="1", pool_deadline_time=after(days=-1))
    ReadyFactory.create(ref="2", pool_deadline_time=after(days=-2))

    assert results(run()) == [("1", "escalated", ()), ("2", "assigned", ("A",))]
    assert Booking.objects.get(ref="1").escalation_code == "nobody_available"


def test_all_or_nobody_for_a_booking_that_needs_several() -> None:
    InterpreterFactory.create(ref="A")
    InterpreterFactory.create(ref="B")
    ReadyFactory.create(ref="1", interpreters_needed=3)
    ReadyFactory.create(ref="2", interpreters_needed=2, starts_at=after(days=2))

    assert results(run()) == [("1", "escalated", ()), ("2", "assigned", ("A", "B"))]
    assert Booking.objects.get(ref="1").escalation_code == "too_few"
    assert_sound()


def test_what_has_started_is_escalated_and_never_assigned() -> None:
    InterpreterFactory.create()
    BookingFactory.create(ref="1", starts_at=NOW)

    assert results(run()) == [("1", "escalated", ())]
    assert Booking.objects.get().escalation_code == "already_started"


def test_a_sweep_leaves_other_states_alone() -> None:
    rows = every()
    run()

    touched = {name for name, row in rows.items() if steps(row)}
    assert touched == {"ungated", "ready"}


def test_more_entries_than_a_chunk_are_all_done() -> None:
    InterpreterFactory.create(ref="A")
    Booking.objects.bulk_create(
        ReadyFactory.build(starts_at=after(days=1, minutes=10 * number), hours_long=1 / 6)
        for number in range(450)
    )

    report = run()

    assert (report.count("assigned"), report.run) == (450, Run.objects.get().pk)
    assert_sound()


def test_a_second_call_for_the_slot_changes_no_row_of_any_table() -> None:
    InterpreterFactory.create(ref="A")
    ReadyFactory.create(ref="1")
    first = run()
    BookingFactory.create(ref="2", starts_at=after(days=2))
    before = digest()

    second = run(now=after(hours=5))

    assert digest() == before
    assert (first.repeated, second.repeated) == (False, True)
    assert results(second) == results(first)
    assert (second.run, second.plan, second.seconds) == (first.run, first.plan, first.seconds)


def test_another_slot_is_another_run() -> None:
    InterpreterFactory.create(ref="A")
    run(slot="one")
    ReadyFactory.create(ref="1")

    assert results(run(slot="two")) == [("1", "assigned", ("A",))]
    keys = Operation.objects.order_by("pk").values_list("key", flat=True)
    assert list(keys) == ["sweep:one", "sweep:two"]


def test_a_sweep_over_nothing_is_done_and_counts_nothing() -> None:
    report = run()

    assert (results(report), report.repeated) == ([], False)
    assert run().repeated
    found = Run.objects.values("state", "assigned", "escalated", "failed", "pooled").get()
    assert found == {"state": "done", "assigned": 0, "escalated": 0, "failed": 0, "pooled": 0}


def test_a_run_tells_its_beginning_and_its_end() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    run()

    events = AuditEvent.objects.filter(object_type="run").order_by("pk")
    assert [row.action for row in events] == ["run_start", "run_finish"]
    assert events[0].reason == "Daily sweep s."
    assert events[1].changes == {"assigned": 1, "escalated": 0, "failed": 0, "pooled": 0}


PLAN_TABLES = ("pooling_plan", "pooling_planrow", "assignment_roster")


def test_a_preview_writes_nothing_but_its_plan() -> None:
    InterpreterFactory.create()
    every()
    before = digest(without=PLAN_TABLES)

    report = preview_sweep(now=NOW)

    assert digest(without=PLAN_TABLES) == before
    assert (report.run, Plan.objects.get().pk) == (None, report.plan)
    assert Plan.objects.get().rows.count() == 2


def test_the_sweep_does_exactly_what_its_preview_showed() -> None:
    for ref in ("A", "B"):
        InterpreterFactory.create(ref=ref)
    for number in range(6):
        BookingFactory.create(starts_at=after(days=1, minutes=20 * number))
    WaitingFactory.create_batch(2, starts_at=after(days=3))
    shown = preview_sweep(now=NOW)
    done = run()

    assert results(shown) == results(done)
    assert {row[1] for row in results(done)} == {"assigned", "escalated"}
    assert [row.reason for row in shown.entries] == [row.reason for row in done.entries]
    assert shown.spread_after == done.spread_after


def test_a_missed_slot_is_made_up_for_once() -> None:
    yesterday = dt.datetime(2026, 11, 23, 5, 59, tzinfo=dt.UTC)

    assert sweep_if_missed(now=yesterday, actor=COMMAND) is not None
    assert sweep_if_missed(now=yesterday, actor=COMMAND) is None
    assert sweep_if_missed(now=NOW, actor=COMMAND) is not None
    assert sweep_if_missed(now=after(days=10), actor=COMMAND) is not None
    assert sweep_if_missed(now=after(days=10, hours=23), actor=COMMAND) is None
    slots = Run.objects.order_by("pk").values_list("slot", flat=True)
    assert list(slots) == ["2026-11-22", "2026-11-23", "2026-12-03"]


@pytest.mark.django_db
def test_a_sweep_run_early_under_the_name_of_the_day_does_not_stand_for_it() -> None:
    early = sweep(now=NOW, slot="2026-11-24", actor=COMMAND)
    next_day = after(days=1, minutes=30)

    daily = sweep_if_missed(now=next_day, actor=COMMAND)

    assert daily is not None
    assert daily.run != early.run
    assert sweep_if_missed(now=next_day, actor=COMMAND) is None
