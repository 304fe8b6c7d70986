"""The tick: harmless to repeat; in BALANCE it leaves the extra day to the sweep."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from assignment.audit import COMMAND
from assignment.clock import database_now
from assignment.models import Booking, Operation
from assignment.policies import current_policy, store_policy
from pooling.models import Run
from pooling.planning import draft_plan, store_plan
from pooling.reports import RunReport
from pooling.selection import for_sweep
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    ProcessingFactory,
    ReadyFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.pooling.steps import digest, steps

pytestmark = pytest.mark.django_db


def run(*, now: dt.datetime = NOW) -> RunReport:
    """Tick as the command line does."""
    return tick(now=now, actor=COMMAND)


def switch(mode: str) -> None:
    """Put another mode in force; nothing is re-dated."""
    store_policy(replace(current_policy(), mode=mode), reason="Test.")


def test_a_tick_does_all_its_steps() -> None:
    InterpreterFactory.create(ref="A")
    BookingFactory.create(ref="1", starts_at=after(days=2))
    ProcessingFactory.create(ref="2", pool_lease_until=after(days=-9_000))
    done = approved(InterpreterFactory.create(languages="fr"), starts_at=after(days=-1))

    report = run()

    wanted = {"gated": 1, "rescued": 1, "completed": 1}
    assert {name: report.steps[name] for name in wanted} == wanted
    assert [(row.booking, row.result) for row in report.entries] == [
        ("1", "assigned"),
        ("2", "assigned"),
    ]
    assert [step[0] for step in steps(Booking.objects.get(ref="2"))] == [
        "rescue",
        "claim",
        "assign",
    ]
    assert [step[0] for step in steps(done)] == ["complete"]


def test_a_tick_with_nothing_to_do_makes_no_run() -> None:
    BookingFactory.create(starts_at=after(days=20))
    run()
    before = digest()

    report = run()

    assert digest() == before
    assert (report.run, report.entries, Run.objects.count()) == (None, (), 0)


@pytest.mark.parametrize(
    ("mode", "start", "by_tick"),
    [
        ("BALANCE", {"days": 7}, True),
        ("BALANCE", {"days": 7, "minutes": 1}, False),
        ("BALANCE", {"days": 8}, False),
        ("NORMAL", {"days": 10}, True),
        ("URGENT", {"days": 14}, True),
    ],
)
def test_in_balance_the_extra_day_is_left_to_the_sweep(
    mode: str, start: dict[str, int], by_tick: bool
) -> None:
    switch(mode)
    InterpreterFactory.create()
    booking = BookingFactory.create(starts_at=after(**start))

    run()
    if not by_tick:
        assert steps(booking) == [("gate", "ungated", "ready")]
        sweep(now=NOW, slot="s", actor=COMMAND)

    assert [step[0] for step in steps(booking)] == ["gate", "claim", "assign"]


@pytest.mark.parametrize("mode", ["BALANCE", "NORMAL", "URGENT"])
def test_what_has_started_is_escalated_and_never_assigned(mode: str) -> None:
    switch(mode)
    InterpreterFactory.create()
    booking = BookingFactory.create(starts_at=after(minutes=-1))

    assert [row.result for row in run().entries] == ["escalated"]
    assert Booking.objects.get().escalation_code == "already_started"
    assert steps(booking)[-1] == ("escalate", "processing", "escalated")


def test_the_next_attempt_comes_when_its_time_has_come() -> None:
    InterpreterFactory.create()
    ReadyFactory.create(pool_next_attempt_at=after(minutes=5), pool_processing_attempts=1)

    assert run(now=after(minutes=4)).entries == ()
    assert [row.result for row in run(now=after(minutes=5)).entries] == ["assigned"]


def test_a_tick_leaves_what_a_sweep_decided_together_to_that_sweep() -> None:
    switch("BALANCE")
    InterpreterFactory.create_batch(2)
    planned = ReadyFactory.create(ref="PLANNED")
    left = abandoned("sweep", planned=True)
    Run.objects.filter(pk=left.pk).update(started_at=database_now())
    ReadyFactory.create(ref="NEW", starts_at=after(days=2))

    assert [row.booking for row in run().entries] == ["NEW"]
    assert steps(planned) == []
    assert Run.objects.get(pk=left.pk).state == "applying"

    Run.objects.filter(pk=left.pk).update(started_at=database_now() - dt.timedelta(hours=1))
    assert run().steps["resumed"] == 1
    assert [step[0] for step in steps(planned)] == ["claim", "assign"]
    assert Run.objects.get(pk=left.pk).assigned == 1
    assert_sound()


def abandoned(kind: str, *, planned: bool) -> Run:
    """A run whose process died an hour ago."""
    operation = Operation.objects.create(
        key=f"{kind}:old", kind=kind, business_now=NOW, actor="test"
    )
    row = Run.objects.create(operation=operation, kind=kind, slot="old")
    fields: dict[str, object] = {"started_at": database_now() - dt.timedelta(hours=1)}
    if planned:
        draft = draft_plan(lambda _: for_sweep(now=NOW), now=NOW, ahead=lambda _: ())
        fields |= {"plan": store_plan(draft, kind=kind, now=NOW), "state": "applying"}
    Run.objects.filter(pk=row.pk).update(**fields)
    return row


@pytest.mark.parametrize("kind", ["sweep", "tick", "entries"])
@pytest.mark.parametrize("planned", [True, False])
def test_a_tick_brings_a_run_that_was_left_open_to_its_end(kind: str, planned: bool) -> None:
    InterpreterFactory.create()
    booking = ReadyFactory.create()
    left = abandoned(kind, planned=planned)

    assert run().steps["resumed"] == 1
    assert not Run.objects.exclude(state="done").exists()
    assert [step[0] for step in steps(booking)] == ["claim", "assign"]
    assert Run.objects.get(pk=left.pk).assigned == (1 if planned or kind == "sweep" else 0)
    assert run().steps["resumed"] == 0
    assert_sound()
