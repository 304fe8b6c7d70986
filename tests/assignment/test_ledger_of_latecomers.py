"""Whoever comes when work of the days to come is given already is calibrated, and not flooded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assignment.ledger import fairness, read_ledger, stand
from assignment.ledger_drift import drift_alarms
from assignment.models import Assignment, Interpreter, Operation
from assignment.policies import DEFAULT
from tests.factories.bookings import NOW, after, approved
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db


def given_by_a_run(person: Interpreter, *, minutes: float, **fields: Any) -> None:
    """Work that a run gave somebody so many minutes after NOW."""
    run, _ = Operation.objects.get_or_create(
        key="run", defaults={"kind": "sweep", "business_now": NOW, "actor": "clock"}
    )
    rows = Assignment.objects.filter(booking=approved(person, **fields))
    rows.update(operation=run, created_at=after(minutes=minutes))


def known_at(ref: str, *, minutes: float, weight: str = "1") -> Interpreter:
    """Somebody whom this system knows since so many minutes after NOW."""
    person: Interpreter = InterpreterFactory(ref=ref, weight=weight)
    Interpreter.objects.filter(pk=person.pk).update(created_at=after(minutes=minutes))
    return person


def test_whoever_came_later_is_calibrated_by_what_runs_had_given_of_the_time_since() -> None:
    first, half = known_at("A", minutes=0), known_at("B", minutes=9, weight="0.5")
    known_at("C", minutes=60)
    given_by_a_run(first, minutes=30, starts_at=after(days=1), hours_long=4)
    given_by_a_run(half, minutes=30, starts_at=after(days=2), hours_long=2)
    given_by_a_run(first, minutes=61, starts_at=after(days=3), hours_long=8)
    approved(half, starts_at=after(days=4), hours_long=8)

    found = {row.ref: row for row in fairness(now=after(days=0.5), policy=DEFAULT).rows}

    # 4 + 2 hours were given before they came, over the weights 1 + 0.5; what came after, and
    # what no run gave, they could have had.
    assert (found["C"].hours, found["C"].calibrated, found["C"].worked) == (4.0, 4.0, 0.0)
    assert (found["A"].calibrated, found["B"].calibrated) == (0.0, 0.0)


def test_whoever_came_while_it_was_set_up_is_not_calibrated() -> None:
    first = known_at("A", minutes=0)
    known_at("B", minutes=10)
    given_by_a_run(first, minutes=5, starts_at=after(days=1), hours_long=4)

    found = fairness(now=after(days=0.5), policy=DEFAULT)

    assert [row.calibrated for row in found.rows] == [0.0, 0.0]


def alarms() -> dict[str, tuple[str, float]]:
    """Direction and bookings of the drift alarms that stand, by ref."""
    start = NOW - dt.timedelta(days=30)
    ledger = read_ledger(window_start=start, policy=DEFAULT)
    found = drift_alarms(
        ledger, deviations=stand(ledger).deviations, window_start=start, policy=DEFAULT
    )
    return {row.ref: (row.direction, row.bookings) for row in found}


def test_whoever_came_later_was_not_passed_over_before() -> None:
    first, second = known_at("A", minutes=0), known_at("B", minutes=0)
    known_at("C", minutes=60)
    for day in range(20):
        given_by_a_run((first, second)[day % 2], minutes=30, starts_at=after(days=1 + day))

    assert alarms() == {}
    Assignment.objects.update(created_at=after(minutes=90))

    # A third of 20 equal bookings was theirs: 1/3 less the allowance of 0.05 * 2/3 of each.
    assert alarms()["C"] == ("passed over", 6.0)
