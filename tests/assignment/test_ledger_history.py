"""Balances over time, one person's lines, and the alarm that is read from the tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.engine.opportunity import pack_people
from assignment.ledger import fairness, read_ledger, stand
from assignment.ledger_drift import DriftAlarm, drift_alarms
from assignment.ledger_history import read_history
from assignment.ledger_lines import Line, read_balance
from assignment.models import Booking, Interpreter, LedgerAdjustment, Opportunity
from assignment.policies import DEFAULT
from assignment.policy_values import PolicyValues, UnsocialHours
from tests.factories.bookings import NOW, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory

pytestmark = pytest.mark.django_db

OPPORTUNITY = replace(DEFAULT, fair_share="opportunity")
WINDOW = dt.timedelta(days=30)


def could(booking: Booking, *people: Interpreter) -> Booking:
    """Note who could have had a booking."""
    mask = pack_people(person.pk for person in people)
    Opportunity.objects.create(booking=booking, people=mask)
    return booking


def test_balances_grow_with_the_work_of_each_period() -> None:
    team = TeamFactory(name="Court")
    one, two = InterpreterFactory(ref="A", name="Aiko", team=team), InterpreterFactory(ref="B")
    approved(one, starts_at=after(days=-11.5), hours_long=4)
    approved(two, starts_at=after(days=-2.5), hours_long=2)
    approved(two, starts_at=after(days=3), hours_long=4)

    found = read_history(now=NOW, days=12, policy=DEFAULT)

    assert found.definition == "equal outcome"
    assert found.ends == (*(after(days=day) for day in range(-11, 1)), None)
    first, second = found.courses
    assert (first.name, first.team, first.hours, first.share) == ("Aiko", "Court", 4.0, 5.0)
    assert first.balances == (*[2.0] * 9, *[1.0] * 3, -1.0)
    assert second.balances == (*[-2.0] * 9, *[-1.0] * 3, 1.0)
    assert found.spreads == (*[2.0] * 9, *[1.0] * 3, 1.0)


@pytest.mark.parametrize("policy", [DEFAULT, OPPORTUNITY], ids=["outcome", "opportunity"])
def test_the_last_balance_is_the_deviation_of_the_ledger(policy: PolicyValues) -> None:
    policy = replace(policy, unsocial=UnsocialHours(weekend_factor=1.5))
    one, two, three = (InterpreterFactory(ref=ref) for ref in "ABC")
    LeaveFactory(interpreter=two, starts_at=after(days=-20), ends_at=after(days=-3))
    for number in range(12):
        approved((one, three)[number % 2], starts_at=after(days=-2 * number - 1), hours_long=2)
    could(approved(two, starts_at=after(days=2), hours_long=3), one, two)
    LedgerAdjustment.objects.create(
        interpreter=one, minutes=45, kind="credit", effective_at=after(days=-9), reason="Travel"
    )

    history = read_history(now=NOW, days=30, policy=policy)
    ledger = fairness(now=NOW, policy=policy)

    assert history.deviations == pytest.approx(ledger.deviations, abs=2e-4)
    assert any(history.deviations.values())


def test_history_asks_as_often_as_the_ledger() -> None:
    for person in InterpreterFactory.create_batch(5):
        could(approved(person), person)

    for policy in (DEFAULT, OPPORTUNITY):
        with CaptureQueriesContext(connection) as once:
            fairness(now=NOW, policy=policy)
        with CaptureQueriesContext(connection) as often:
            read_history(now=NOW, days=60, policy=policy)
        assert len(often) == len(once)


def test_lines_say_what_counts_and_why() -> None:
    one, two = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    booking = could(approved(one, starts_at=after(days=5), hours_long=3), one, two)
    by_hand = approved(one, starts_at=after(days=1, hours=-8), hours_long=1)
    LedgerAdjustment.objects.create(
        interpreter=one, minutes=-90, kind="no_show", effective_at=NOW, reason="Did not come"
    )
    policy = replace(DEFAULT, unsocial=UnsocialHours(night_factor=1.5, weekend_factor=1.2))

    found = read_balance(one, now=NOW, policy=policy)

    assert found.in_force == "equal outcome"
    assert found.hidden == 0
    assert found.lines == (
        Line(
            at=booking.starts_at,
            what=booking.ref,
            reason="with 0.6 h for unsocial hours",
            hours=3.6,
            booking=booking.pk,
            part=1.5,
            could=2,
        ),
        Line(
            at=by_hand.starts_at,
            what=by_hand.ref,
            reason="with 0.5 h for unsocial hours",
            hours=1.5,
            booking=by_hand.pk,
        ),
        Line(at=NOW, what="no-show", reason="Did not come", hours=-1.5),
    )
    (outcome, mine), (opportunity, _) = found.standings
    assert (outcome, opportunity) == ("equal outcome", "equal share of opportunity")
    assert (mine.hours, mine.posted, mine.unsocial) == (3.6, -1.5, 1.1)
    assert sum(line.hours for line in found.lines) == pytest.approx(mine.hours)


def alarms(policy: PolicyValues) -> list[tuple[str, str]]:
    """Who is flagged, and how."""
    ledger = read_ledger(window_start=NOW - WINDOW, policy=policy)
    found: tuple[DriftAlarm, ...] = drift_alarms(
        ledger,
        deviations=stand(ledger).deviations,
        window_start=NOW - WINDOW,
        policy=policy,
    )
    return [(row.ref, row.direction) for row in found]


def give(person: Interpreter, number: int, *others: Interpreter) -> None:
    """The work of one hour of that number, which the others could have had too."""
    could(approved(person, starts_at=after(hours=number)), person, *others)


@pytest.mark.parametrize("policy", [DEFAULT, OPPORTUNITY], ids=["outcome", "opportunity"])
def test_a_bias_is_flagged_and_closes_when_it_is_made_good(policy: PolicyValues) -> None:
    one, two = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    for number in range(6):
        give((one, two)[number % 2], number, one, two)
    assert alarms(policy) == []

    for number in range(6, 12):
        give(one, number, two)
    assert alarms(policy) == [("A", "favoured"), ("B", "passed over")]

    for number in range(12, 17):
        give(two, number, one)
    assert alarms(policy) == []


def test_whoever_is_made_even_is_not_favoured() -> None:
    one, two = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    LedgerAdjustment.objects.create(
        interpreter=two, minutes=1_200, kind="credit", effective_at=NOW, reason="Earlier work"
    )
    for number in range(8):
        give(one, number, two)

    assert alarms(DEFAULT) == []


@pytest.mark.parametrize(
    ("minutes", "flagged"), [(420, []), (300, [("A", "favoured"), ("B", "passed over")])]
)
def test_whoever_is_within_one_booking_of_the_share_is_no_alarm(
    minutes: int, flagged: list[tuple[str, str]]
) -> None:
    one, two = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    LedgerAdjustment.objects.create(
        interpreter=two, minutes=minutes, kind="credit", effective_at=NOW, reason="Earlier work"
    )
    for number in range(8):
        give(one, number, two)

    # 8 hours against 7 are half an hour from the share of 7.5 each, against 5 one and a half.
    assert alarms(DEFAULT) == flagged


def test_the_alarm_costs_one_query() -> None:
    people = InterpreterFactory.create_batch(3)
    for number in range(30):
        give(people[number % 3], number)
    ledger = read_ledger(window_start=NOW - WINDOW, policy=DEFAULT)

    with CaptureQueriesContext(connection) as queries:
        drift_alarms(
            ledger,
            deviations=stand(ledger).deviations,
            window_start=NOW - WINDOW,
            policy=DEFAULT,
        )

    assert len(queries) == 1
