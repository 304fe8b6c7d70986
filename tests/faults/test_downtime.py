"""Ten days without a worker, then one that starts: one sweep, overdue first, nothing too late."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND, SCHEDULE
from assignment.enums import Mode
from assignment.models import Booking
from pooling.gate import gate_all
from pooling.models import PlanRow, Run
from pooling.sweep import sweep_if_missed
from pooling.tick import tick
from tests.factories.bookings import NOW, BookingFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults import commands
from tests.invariants import assert_sound
from tests.pooling.switching import switch, to

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + dt.timedelta(days=10)


@pytest.mark.parametrize("mode", [Mode.BALANCE, Mode.NORMAL, Mode.URGENT])
def test_one_sweep_catches_up_overdue_first_and_binds_nothing_that_has_started(mode: str) -> None:
    if mode != Mode.NORMAL:
        switch(to(mode))
    InterpreterFactory(ref="A")
    for number in range(60):
        ref = f"B{number:02}"
        BookingFactory(ref=ref, starts_at=after(hours=12 * number + 0.5), hours_long=0.5)
    BookingFactory(ref="rival", starts_at=after(days=10, hours=12.5), hours_long=0.5)
    gate_all(now=NOW, actor=COMMAND)

    report = sweep_if_missed(now=LATER, actor=SCHEDULE)

    assert report
    assert sweep_if_missed(now=LATER, actor=SCHEDULE) is None
    assert [run.slot for run in Run.objects.all()] == ["2026-12-03"]
    started = Booking.objects.filter(starts_at__lte=LATER)
    assert set(started.values_list("state", "escalation_code")) == {("waiting", "already_started")}
    assert not started.exclude(pool_status=None).exists()
    deadlines = list(
        PlanRow.objects.filter(booking__starts_at__gt=LATER)
        .order_by("place")
        .values_list("booking__starts_at", flat=True)
    )
    assert deadlines == sorted(deadlines)
    assert len(deadlines) > 10
    tick(now=LATER, actor=SCHEDULE)
    assert Run.objects.count() == 1
    assert_sound()


def test_the_command_of_a_starting_worker_does_the_same(
    process_environment: dict[str, str],
) -> None:
    InterpreterFactory()
    for number in range(6):
        BookingFactory(starts_at=after(days=8 + number))
    gate_all(now=NOW, actor=COMMAND)
    now = ("--now", LATER.isoformat())

    first = commands.call(process_environment, "sweep", "--if-due", *now)
    again = commands.call(process_environment, "sweep", "--if-due", *now)

    assert [first[name] for name in ("processed", "assigned", "escalated")] == [6, 3, 3]
    assert again == {"repeated": True}
    assert_sound()
