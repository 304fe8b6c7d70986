"""The minutes of a booking, split over those who could have had it."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from assignment.engine.opportunity import pack_people, split_by_weight, unpack_people
from tests.assignment.engine.values import (
    BALANCE,
    after,
    decide,
    dr,
    facts,
    needs,
    person,
    request,
    work,
)


@pytest.mark.parametrize("ids", [(), (0,), (7, 8), (1, 15, 16, 1_000)])
def test_people_come_back_from_their_mask(ids: tuple[int, ...]) -> None:
    mask = pack_people(reversed(ids))

    assert tuple(unpack_people(mask)) == tuple(unpack_people(memoryview(mask))) == ids
    assert len(mask) == (max(ids) // 8 + 1 if ids else 0)


def test_minutes_are_split_by_weight_over_those_who_could() -> None:
    weights = {1: 1.0, 2: 0.5, 9: 1.5, 10: 1.0}
    shared = [(pack_people((1, 2)), 900), (pack_people((1, 2, 9)), 600), (pack_people(()), 60)]

    assert split_by_weight(shared, weights=weights) == {1: 800, 2: 400, 9: 300, 10: 0}


def test_split_equals_exact_fractions_on_random_services() -> None:
    dice = random.Random(7)
    weights = {key: dice.choice((0.5, 1.0, 2.0)) for key in dice.sample(range(1, 90), k=40)}
    bookings = [
        (dice.sample(sorted(weights), k=dice.randint(1, 40)), 60 * dice.randint(1, 500))
        for _ in range(200)
    ]
    exact = dict.fromkeys(weights, Fraction(0))
    for ids, seconds in bookings:
        total = sum(Fraction(weights[key]) for key in ids)
        for key in ids:
            exact[key] += seconds * Fraction(weights[key]) / total

    found = split_by_weight([(pack_people(ids), n) for ids, n in bookings], weights=weights)

    assert found == pytest.approx({key: float(share) for key, share in exact.items()})
    assert sum(found.values()) == pytest.approx(sum(seconds for _, seconds in bookings))


def test_people_without_a_weight_get_nothing_and_harm_nobody() -> None:
    assert split_by_weight([(pack_people((1, 2, 700)), 900)], weights={1: 1.0, 2: 2.0}) == {
        1: 300,
        2: 600,
    }


def test_who_was_passed_over_by_choice_could_have_had_it_and_who_cannot_could_not() -> None:
    known = facts(
        person("P1"),
        person("P2"),  # too far ahead
        person("P3"),  # served the DR before
        person("P4"),  # busy
        person("P5", languages=frozenset({"ja"})),
        person("P6"),  # declined
        hours={"P2": 40},
        drs=[dr("B9", "P3", start=after(days=-1))],
        busy={"P4": [work("B8", start=after(days=1))]},
    )

    choice = decide(request(meeting_type="DR", declined=frozenset({6})), known, BALANCE)

    assert choice.chosen == (1,)
    assert sorted(choice.eligible) == [1, 2, 3]


def test_a_pin_takes_nobody_the_opportunity() -> None:
    known = facts(person("P1"), person("P2"), person("P3", active=False))

    choice = decide(request(pinned=(2,), needs=needs()), known)

    assert choice.chosen == (2,)
    assert sorted(choice.eligible) == [1, 2]


def test_a_plan_counts_opportunities_as_it_goes() -> None:
    one, two, three = person("P1"), person("P2", weight=0.5), person("P3")
    known = facts(one, two, three, fair_share="opportunity")

    known.add(request(hours=3), person_ids=(1,), eligible=(1, 2))

    assert [known.deficit_hours(row) for row in (one, two, three)] == [-1.0, 1.0, 0.0]
    assert [known.load(row) for row in (one, two, three)] == [1.0, -2.0, 0.0]


def test_people_are_ranked_by_what_they_have_above_their_share() -> None:
    # P1 has more hours than P2, but could have had far more.
    known = facts(person("P1"), person("P2"), hours={"P1": 5, "P2": 3}, fair_share="opportunity")
    known.account(1).entitled = 7 * 3_600
    known.account(2).entitled = 1 * 3_600

    choice = decide(request(), known)

    assert choice.chosen == (1,)
    assert [row.hours for row in choice.ranked] == [-2.0, 2.0]
    assert [row.fairness for row in choice.ranked] == [1.0, 0.2]
