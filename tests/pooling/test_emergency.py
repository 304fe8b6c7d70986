"""The emergency override: order, exact counts, once at a time, once per key."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.errors import RefusedError
from assignment.models import Assignment, AuditEvent, Operation
from pooling.emergency import (
    EmergencyReport,
    preview_emergency,
    priority,
    process_emergency,
)
from pooling.models import Run
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
    after,
)
from tests.factories.people import InterpreterFactory
from tests.pooling.steps import digest


def override(key: str = "emergency:one") -> EmergencyReport:
    return process_emergency(now=NOW, actor=COMMAND, reason="Storm.", key=key)


@pytest.mark.parametrize(
    ("hours", "kind", "attempts", "points"),
    [
        (-1, "General", 0, 1025),
        (0, "Other", 0, 1025),
        (2, "DR", 0, 1000),
        (2.01, "VIP", 0, 750),
        (6, "Urgent", 0, 700),
        (24, "Weekly", 0, 450),
        (25, "General", 0, 200),
        (199, "General", 3, -4),
        (500, "DR", 1, 190),
    ],
)
def test_priority_by_time_type_and_attempts(
    hours: float, kind: str, attempts: int, points: float
) -> None:
    deadline = NOW + dt.timedelta(hours=hours)
    found = priority(deadline=deadline, meeting_type=kind, attempts=attempts, now=NOW)
    assert found == pytest.approx(points)


@pytest.mark.django_db
def test_emergency_decides_waiting_ready_and_failed_and_counts_the_rest() -> None:
    InterpreterFactory.create()
    waiting = WaitingFactory.create()
    ready = ReadyFactory.create(starts_at=after(days=2))
    failed = FailedFactory.create(starts_at=after(days=3))
    nobody = ReadyFactory.create(languages="is", starts_at=after(days=4))
    held = ProcessingFactory.create(starts_at=after(days=5))
    ungated = BookingFactory.create(starts_at=after(days=6))

    found = override().as_json()

    figures = ("total", "assigned", "escalated", "failed", "skipped")
    assert [found[name] for name in figures] == [5, 3, 1, 0, 1]
    for booking in (waiting, ready, failed, nobody, held, ungated):
        booking.refresh_from_db()
    assert {waiting.state, ready.state, failed.state} == {"approved"}
    assert nobody.escalation_code == "nobody_qualified"
    assert (held.pool_status, held.pool_claimed_by) == ("processing", "elsewhere-1/1/a")
    assert ungated.pool_status is None


@pytest.mark.django_db
def test_emergency_gives_the_one_person_to_the_most_pressing() -> None:
    InterpreterFactory.create()
    general = ReadyFactory.create(meeting_type="General", starts_at=after(days=1))
    dr = ReadyFactory.create(meeting_type="DR", starts_at=after(days=1))

    override()

    general.refresh_from_db()
    dr.refresh_from_db()
    assert (dr.state, general.state) == ("approved", "waiting")


@pytest.mark.django_db
def test_emergency_has_one_effect_per_key() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    first = override().as_json()
    before = digest()

    second = override().as_json()

    assert digest() == before
    assert first == second


@pytest.mark.django_db
def test_emergency_is_refused_while_another_runs() -> None:
    operation = Operation.objects.create(
        key="emergency:other", kind="emergency", business_now=NOW, actor="mia"
    )
    Run.objects.create(operation=operation, kind="emergency")

    with pytest.raises(RefusedError, match="runs already, started by mia at "):
        override()
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_emergency_writes_one_record_of_who_why_and_the_state_before() -> None:
    ReadyFactory.create()
    held = ProcessingFactory.create(starts_at=after(days=5))

    override()

    event = AuditEvent.objects.get(action="emergency")
    assert (event.actor, event.reason) == ("command line", "Storm.")
    assert event.changes == {"before": {"processing": 1, "ready": 1}, "skipped": [held.ref]}


@pytest.mark.django_db
def test_preview_of_an_emergency_writes_only_its_plan() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    plans = ("pooling_plan", "pooling_planrow", "assignment_roster")
    before = digest(without=plans)

    report = preview_emergency(now=NOW)

    assert digest(without=plans) == before
    assert [entry.result for entry in report.entries] == ["assigned"]
    assert not Assignment.objects.exists()
