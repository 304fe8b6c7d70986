"""Hours against the fair share, in both definitions; nobody is left out."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment import sessions
from assignment.audit import COMMAND
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.opportunity import pack_people
from assignment.ledger import Standing, fairness, spread_of_hours
from assignment.models import Assignment, Booking, Interpreter, LedgerAdjustment, Opportunity
from assignment.policies import DEFAULT
from assignment.policy_values import PolicyValues, UnsocialHours
from tests.factories.bookings import NOW, BookingFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory, online

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


def test_a_session_is_an_opportunity_of_those_who_speak_what_it_asks_for() -> None:
    desk = DeskFactory.create(strategy="least_active")
    served = online(desk.team, ref="A")
    InterpreterFactory(ref="B", team=desk.team)
    InterpreterFactory(ref="C", team=desk.team, languages="fr")
    SessionFactory.create(team=desk.team)
    sessions.drain(desk, now=NOW, actor=COMMAND)
    work = Assignment.objects.get(session__isnull=False)
    assert work.interpreter_id == served.pk
    Assignment.objects.filter(pk=work.pk).update(ends_at=work.starts_at + dt.timedelta(hours=1))
    approved(InterpreterFactory(ref="D"), hours_long=1)  # by hand: no decision is stored either

    found = fairness(now=NOW, policy=replace(DEFAULT, fair_share="opportunity"))

    # half of the session for A and B of the team, a third of the booking for A, B and D
    assert {row.ref: (row.hours, row.share) for row in found.rows} == {
        "A": (1.0, 0.8333),
        "B": (0.0, 0.8333),
        "C": (0.0, 0.0),
        "D": (1.0, 0.3333),
    }


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
def test_fairness_takes_two_queries(count: int) -> None:
    for person in InterpreterFactory.create_batch(count):
        approved(person)

    with CaptureQueriesContext(connection) as queries:
        fairness(now=NOW, policy=DEFAULT)

    assert len(queries) == 2


def newcomer(ref: str, *, days: float) -> Interpreter:
    """Somebody whom the system knows since so many days from NOW, at six in the morning."""
    person = InterpreterFactory(ref=ref, name=ref)
    Interpreter.objects.filter(pk=person.pk).update(created_at=after(days=days))
    return person


def decided(booking: Booking, *people: Interpreter) -> None:
    """Note who could have had a booking."""
    mask = pack_people(person.pk for person in people)
    Opportunity.objects.create(booking=booking, people=mask)


def hours_and_share(policy: PolicyValues = DEFAULT) -> dict[str, tuple[float, float]]:
    """Hours and fair share by ref."""
    return {row.ref: (row.hours, row.share) for row in fairness(now=NOW, policy=policy).rows}


OPPORTUNITY = replace(DEFAULT, fair_share="opportunity")


def test_newcomer_is_calibrated_by_what_the_others_got_before() -> None:
    first, second = newcomer("A", days=-300), newcomer("B", days=-300)
    newcomer("C", days=-2)
    approved(first, starts_at=after(days=-10), hours_long=6)
    approved(second, starts_at=after(days=-9), hours_long=2)
    approved(first, starts_at=after(days=-1), hours_long=1)

    # C came after 8 of the 9 hours: the average of two is 4; in all 13 hours count.
    share = round(13 / 3, 4)
    assert hours_and_share() == {"A": (7.0, share), "B": (2.0, share), "C": (4.0, share)}
    (found,) = [row for row in fairness(now=NOW, policy=DEFAULT).rows if row.ref == "C"]
    assert (found.calibrated, found.worked) == (4.0, 0.0)


def test_whoever_was_there_on_the_first_day_is_no_newcomer() -> None:
    busy, _ = newcomer("A", days=-3), newcomer("B", days=-3)
    approved(busy, starts_at=after(days=-10), hours_long=6)

    assert hours_and_share() == {"A": (6.0, 3.0), "B": (0.0, 3.0)}


def test_whoever_has_earlier_work_came_with_it() -> None:
    old, moved = newcomer("A", days=-300), newcomer("B", days=-2)
    approved(moved, starts_at=after(days=-20), hours_long=1)
    approved(old, starts_at=after(days=-25), hours_long=2)
    approved(old, starts_at=after(days=-10), hours_long=4)

    # B was there from their first work, 20 days ago, and only missed the first two hours.
    assert hours_and_share()["B"][0] == 3.0


def test_leave_is_calibrated_by_the_weight_of_those_at_work() -> None:
    away, half, full = (
        InterpreterFactory(ref=ref, weight=weight)
        for ref, weight in (("A", "1"), ("B", "0.5"), ("C", "1"))
    )
    LeaveFactory(interpreter=away, starts_at=after(days=-8), ends_at=after(days=-2))
    approved(half, starts_at=after(days=-5), hours_long=1)
    approved(full, starts_at=after(days=-5), hours_long=5)
    approved(full, starts_at=after(days=-2), hours_long=2)

    # Six hours over the weights 0.5 + 1 of those who were there: 4 hours for a weight of 1.
    assert {ref: hours for ref, (hours, _) in hours_and_share().items()} == {
        "A": 4.0,
        "B": 1.0,
        "C": 7.0,
    }


def test_calibration_fades_as_the_time_away_leaves_the_window() -> None:
    away, busy = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    LeaveFactory(interpreter=away, starts_at=after(days=-40), ends_at=after(days=-20))
    for day in (-38, -31, -29, -21):
        approved(busy, starts_at=after(days=day), hours_long=1)

    assert hours_and_share()["A"] == (2.0, 2.0)


def test_opportunity_splits_a_booking_over_those_who_could_have_had_it() -> None:
    one, two, three = (
        InterpreterFactory(ref=ref, weight=weight)
        for ref, weight in (("A", "1"), ("B", "0.5"), ("C", "1"))
    )
    decided(approved(one, hours_long=3), one, two)
    decided(approved(three, hours_long=5), one, two, three)

    found = fairness(now=NOW, policy=OPPORTUNITY)

    # 3 h by 1 : 0.5, then 5 h by 1 : 0.5 : 1.
    assert found.definition == "equal share of opportunity"
    assert hours_and_share(OPPORTUNITY) == {"A": (3.0, 4.0), "B": (0.0, 2.0), "C": (5.0, 2.0)}
    # Above the share by weight: -1, -4 and 3.
    assert found.spread == round(math.sqrt(26 / 3 - 4 / 9), 4)


def test_opportunity_of_work_without_a_decision_is_that_of_those_who_can() -> None:
    one = newcomer("A", days=-300)
    newcomer("B", days=-300)
    newcomer("C", days=-2)
    InterpreterFactory(ref="D", languages="ja")
    approved(one, starts_at=after(days=-5), hours_long=4)

    # C had not come, D does not speak Thai.
    assert hours_and_share(OPPORTUNITY) == {
        "A": (4.0, 2.0),
        "B": (0.0, 2.0),
        "C": (0.0, 0.0),
        "D": (0.0, 0.0),
    }


def test_opportunity_needs_no_calibration_and_splits_adjustments_over_all() -> None:
    away, busy = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    LeaveFactory(interpreter=away, starts_at=after(days=-8), ends_at=after(days=-2))
    decided(approved(busy, starts_at=after(days=-5), hours_long=4), busy)
    LedgerAdjustment.objects.create(
        interpreter=away, minutes=120, kind="credit", effective_at=NOW, reason="A long way"
    )

    assert hours_and_share(OPPORTUNITY) == {"A": (2.0, 1.0), "B": (4.0, 5.0)}


def test_unsocial_hours_count_more_in_the_zone_of_the_person_or_the_team() -> None:
    team = TeamFactory(time_zone="Asia/Bangkok")
    there, own, _ = (
        InterpreterFactory(ref="A", team=team),
        InterpreterFactory(ref="B", team=team, time_zone="UTC"),
        InterpreterFactory(ref="C"),
    )
    for person in (there, own):
        approved(person, starts_at=after(days=1, hours=10), hours_long=2)
    policy = replace(DEFAULT, unsocial=UnsocialHours(night_factor=1.5))

    # 16:00 to 18:00 UTC is 23:00 to 01:00 in Bangkok.
    assert [row.hours for row in fairness(now=NOW, policy=policy).rows] == [3.0, 2.0, 0.0]
    assert [row.unsocial for row in fairness(now=NOW, policy=policy).rows] == [1.0, 0.0, 0.0]
    assert [row.hours for row in fairness(now=NOW, policy=DEFAULT).rows] == [2.0, 2.0, 0.0]


@pytest.mark.parametrize("count", [1, 30])
def test_opportunity_takes_the_same_queries_whatever_the_size(count: int) -> None:
    for person in InterpreterFactory.create_batch(count):
        decided(approved(person), person)
        approved(person, starts_at=after(days=2))
        LeaveFactory(interpreter=person, starts_at=after(days=1), ends_at=after(days=2))

    with CaptureQueriesContext(connection) as queries:
        fairness(now=NOW, policy=OPPORTUNITY)

    # People, all sums; masks, work without one, and everybody's skills.
    assert len(queries) == 5
