"""Hours against the fair share: equal outcome, nobody left out."""

from __future__ import annotations

import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.engine.loading import load_facts, load_requests
from assignment.ledger import Standing, fairness, spread_of_hours
from assignment.models import LedgerAdjustment
from assignment.policies import DEFAULT
from tests.factories.bookings import NOW, BookingFactory, after, approved
from tests.factories.people import InterpreterFactory, TeamFactory

pytestmark = pytest.mark.django_db


def test_fairness_splits_all_hours_by_weight_and_counts_the_idle() -> None:
    team = TeamFactory(name="Court")
    busy = InterpreterFactory(ref="A", name="Aiko", team=team)
    half = InterpreterFactory(ref="B", name="Bo", weight="0.5")
    InterpreterFactory(ref="C", name="Chai")
    approved(busy, hours_long=4)
    approved(half, hours_long=1)

    found = fairness(now=NOW, policy=DEFAULT)

    # 5 hours over the weights 1 + 0.5 + 1.
    rows = [
        Standing(ref="A", name="Aiko", team="Court", weight=1.0, hours=4.0, share=2.0),
        Standing(ref="B", name="Bo", team="", weight=0.5, hours=1.0, share=1.0),
        Standing(ref="C", name="Chai", team="", weight=1.0, hours=0.0, share=2.0),
    ]
    assert found.definition == "equal outcome"
    assert found.rows == tuple(rows)
    assert [row.deviation for row in found.rows] == [2.0, 0.0, -2.0]
    # Hours by weight: 4, 2 and 0; their mean is 2, their variance 8 / 3.
    assert found.spread == round(math.sqrt(8 / 3), 4)


def test_fairness_leaves_out_who_is_not_active() -> None:
    gone = InterpreterFactory(ref="A", active=False)
    closed = InterpreterFactory(ref="B", team=TeamFactory(active=False))
    InterpreterFactory(ref="C")
    approved(gone, hours_long=4)
    approved(closed, hours_long=4)

    found = fairness(now=NOW, policy=DEFAULT)

    assert [(row.ref, row.share) for row in found.rows] == [("C", 0.0)]
    assert found.spread == 0.0


@pytest.mark.parametrize(("days", "hours"), [(-30, 0.0), (-29.999, 1.0), (400, 1.0)])
def test_fairness_counts_what_starts_after_the_edge_of_the_window(
    days: float, hours: float
) -> None:
    approved(InterpreterFactory(), starts_at=after(minutes=round(days * 1440)), hours_long=1)

    assert [row.hours for row in fairness(now=NOW, policy=DEFAULT).rows] == [hours]


def test_fairness_adds_adjustments() -> None:
    LedgerAdjustment.objects.create(
        interpreter=InterpreterFactory(),
        minutes=-90,
        kind="no_show",
        effective_at=NOW,
        reason="Did not come",
    )

    assert [row.hours for row in fairness(now=NOW, policy=DEFAULT).rows] == [-1.5]


def test_fairness_without_anybody_is_empty() -> None:
    found = fairness(now=NOW, policy=DEFAULT)

    assert (found.rows, found.spread) == ((), 0.0)


def test_spread_of_a_plan_is_that_of_the_ledger() -> None:
    people = [InterpreterFactory(weight=weight) for weight in ("1", "0.5", "2")]
    for person, hours in zip(people, (5, 2, 0.5), strict=True):
        approved(person, hours_long=hours)
    InterpreterFactory(active=False)

    facts = load_facts(load_requests([BookingFactory()]), now=NOW, window_days=30)

    # Hours by weight: 5, 4 and 0.25.
    expected = round(math.sqrt((5**2 + 4**2 + 0.25**2) / 3 - (9.25 / 3) ** 2), 4)
    assert spread_of_hours(facts) == fairness(now=NOW, policy=DEFAULT).spread == expected


@pytest.mark.parametrize("count", [1, 30])
def test_fairness_takes_four_queries(count: int) -> None:
    for person in InterpreterFactory.create_batch(count):
        approved(person)

    with CaptureQueriesContext(connection) as queries:
        fairness(now=NOW, policy=DEFAULT)

    assert len(queries) == 4
