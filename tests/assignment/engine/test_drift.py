"""The drift alarm: its power and its false alarms, on decisions of the real engine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assignment.engine.decide import decide_in_order
from assignment.engine.drift import FAVOURED, LIMIT, PASSED_OVER, Award, drifts, unit_seconds
from assignment.engine.facts import Facts
from assignment.engine.request import Request
from tests.assignment.engine.values import NORMAL, NOW, after, facts, person, request

RUNS = range(20)
FAVOURITE = 1
MIXED = (0.5, 1, 1.5, 2)


def people_of(dice: random.Random, count: int, *, weights: tuple[float, ...] = (1.0,)) -> Facts:
    """That many people with weights by the dice, with empty accounts."""
    return facts(*(person(f"P{n}", weight=dice.choice(weights)) for n in range(1, count + 1)))


def asked(dice: random.Random, lengths: tuple[float, ...]) -> Iterator[Request]:
    """Bookings one after the other."""
    number = 0
    while True:
        number += 1
        start = after(days=1, hours=4 * number)
        yield request(f"B{number}", start=start, hours=dice.choice(lengths))


def award(done: Request, person_id: int, *, known: Facts) -> Award:
    """Work that somebody got of everybody's."""
    parts = {row.id: row.weight / known.totals.weight for row in known.people}
    return Award(person_id=person_id, seconds=done.seconds, parts=parts)


def engine_chooses(done: Request, known: Facts) -> int:
    """Whom the real engine gives the booking."""
    policy = replace(NORMAL, mode="BALANCE")
    (choice,) = decide_in_order([done], facts=known, policy=policy, now=NOW)
    return choice.chosen[0]


def flagged_after(
    known: Facts, bookings: Iterator[Request], *, is_biased: Iterator[bool]
) -> int | None:
    """After how many bookings, of 100, the favourite is flagged.

    A biased booking is given to the favourite although the engine gave it to somebody else, and
    the engine never learns of it.
    """
    awards: list[Award] = []
    for number in range(1, 101):
        booking = next(bookings)
        chosen = engine_chooses(booking, known)
        awards.append(award(booking, FAVOURITE if next(is_biased) else chosen, known=known))
        if any((row.person_id, row.direction) == (FAVOURITE, FAVOURED) for row in drifts(awards)):
            return number
    return None


def every_tenth(offset: int) -> Iterator[bool]:
    """A bias of exactly 10 %."""
    while True:
        offset += 1
        yield offset % 10 == 0


def by_the_dice(dice: random.Random) -> Iterator[bool]:
    """A bias of 10 % on the average."""
    while True:
        yield dice.random() < 0.1


@pytest.mark.parametrize("seed", RUNS)
@pytest.mark.parametrize(
    ("count", "lengths", "weights"),
    [(2, (1,), (1.0,)), (6, (1,), (1.0,)), (6, MIXED, (1.0,)), (12, MIXED, (0.5, 1.0, 2.0))],
)
def test_an_unbiased_run_is_quiet_at_every_moment(
    seed: int, count: int, lengths: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    dice = random.Random(seed)
    known = people_of(dice, count, weights=weights)
    bookings = asked(dice, lengths)

    awards = []
    for booking, _ in zip(bookings, range(200), strict=False):
        awards.append(award(booking, engine_chooses(booking, known), known=known))

    assert [drifts(awards[:moment]) for moment in range(5, 201, 5)] == [()] * 40


@pytest.mark.parametrize("seed", RUNS)
@pytest.mark.parametrize(("count", "lengths"), [(3, (1,)), (6, (1,)), (6, MIXED), (12, MIXED)])
def test_a_bias_of_every_tenth_booking_is_flagged_within_100(
    seed: int, count: int, lengths: tuple[float, ...]
) -> None:
    dice = random.Random(seed)

    found = flagged_after(
        people_of(dice, count), asked(dice, lengths), is_biased=every_tenth(dice.randrange(10))
    )

    assert found is not None


@pytest.mark.parametrize("seed", RUNS)
def test_a_bias_of_ten_percent_by_the_dice_is_flagged_within_100(seed: int) -> None:
    dice = random.Random(seed)

    found = flagged_after(people_of(dice, 6), asked(dice, (1,)), is_biased=by_the_dice(dice))

    assert found is not None


def test_the_limit_is_reached_when_calculated() -> None:
    # Of two, one gets 12 of 20 turn by turn: 0.1 a booking above the half, 0.025 allowed.
    parts = {1: 0.5, 2: 0.5}
    turns = [1, 2, 1, 2, 1] * 20
    awards = [Award(person_id=key, seconds=3_600, parts=parts) for key in turns]

    (favoured, passed) = drifts(awards)

    assert (favoured.person_id, favoured.direction) == (1, FAVOURED)
    assert (passed.person_id, passed.direction) == (2, PASSED_OVER)
    # 10 bookings more in 100, less 100 times 0.025, and what the first turns began with
    assert favoured.bookings == pytest.approx(7.5, abs=0.2)
    assert passed.bookings == pytest.approx(7.5, abs=0.2)
    assert favoured.since < 100
    assert all(row.bookings > LIMIT for row in (favoured, passed))


def test_an_alarm_closes_when_later_work_has_made_good() -> None:
    parts = {1: 0.5, 2: 0.5}

    def after_turns(*turns: int) -> list[str]:
        awards = [Award(person_id=key, seconds=3_600, parts=parts) for key in turns]
        return [f"{row.person_id} {row.direction}" for row in drifts(awards)]

    biased = (1,) * 5
    assert after_turns(*biased) == ["1 favoured", "2 passed over"]
    # Each turn of the other takes back half a booking; half of the limit is the healing point.
    assert after_turns(*biased, 2) == ["1 favoured", "2 passed over"]
    assert after_turns(*biased, 2, 2, 2) == []
    assert after_turns(*biased, 2, 2, 2, 1, 2, 1, 2) == []


def test_somebody_who_is_never_chosen_is_flagged() -> None:
    parts = dict.fromkeys(range(1, 21), 0.05)
    awards = [Award(person_id=1 + number % 19, seconds=3_600, parts=parts) for number in range(100)]

    assert [(row.person_id, row.direction) for row in drifts(awards)] == [(20, PASSED_OVER)]


def test_lengths_are_counted_in_bookings() -> None:
    short, long = (
        Award(person_id=1, seconds=seconds, parts={1: 1.0}) for seconds in (1_800, 5_400)
    )

    # Half an hour and an hour and a half: (0.25 + 2.25) / 2 hours.
    assert unit_seconds([short, long]) == 4_500
    assert unit_seconds([]) == 1
    assert drifts([]) == drifts([short] * 50) == ()
