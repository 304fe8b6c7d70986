"""The order in which the rules are asked: the first that says no is the reason."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignment.engine.facts import Facts
from assignment.engine.request import Person, Request
from assignment.engine.rules import MOMENTARY, rules_about
from tests.assignment.engine.values import after, decide, facts, needs, person, request, work

WRONG_PERSON = person(
    "P1",
    active=False,
    team_id=1,
    tenant_id=1,
    languages=frozenset(),
    hours="Sun 00:00-01:00",
    leave=((after(), after(days=9)),),
    daily_minutes_cap=0,
    weekly_minutes_cap=0,
)
WRONG_REQUEST = request(
    needs=needs(team_id=2, tenant_id=2, skills=("court",)),
    owner="Ms Sato",
    buffer=dt.timedelta(minutes=30),
    excluded=frozenset({1}),
    declined=frozenset({1}),
    pinned=(9,),
)
CURES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("active", {"active": True}, {}),
    ("team", {"team_id": 2}, {}),
    ("tenant", {"tenant_id": 2}, {}),
    ("languages", {"languages": frozenset({"ja", "th"})}, {}),
    ("skills", {"skills": frozenset({"court"})}, {}),
    ("working_hours", {"shifts": ()}, {}),
    ("leave", {"leave": ()}, {}),
    ("overlap", {}, {"starts_at": after(days=1, hours=1), "ends_at": after(days=1, hours=2)}),
    ("buffer", {}, {"buffer": dt.timedelta(0)}),
    ("daily_minutes", {"daily_minutes_cap": None}, {}),
    ("weekly_minutes", {"weekly_minutes_cap": None}, {}),
    ("excluded", {}, {"excluded": frozenset()}),
    ("do_not_send", {}, {"owner": ""}),
    ("declined", {}, {"declined": frozenset()}),
    ("pinned", {}, {"pinned": ()}),
)
"""Each rule, with what must change about the person and the booking to satisfy it."""

BUSY = {"P1": [work("B7", start=after(days=1))]}
ALL = "Mon-Sun 00:00-24:00"


def random_moment(chance: random.Random) -> dt.datetime:
    """A quarter of an hour of the first two days."""
    return after(minutes=15 * chance.randrange(200))


def random_person(ref: str, chance: random.Random) -> Person:
    """Somebody with something that may stand against them."""
    first = random_moment(chance)
    away = ((first, first + dt.timedelta(hours=chance.randrange(1, 9))),)
    return person(
        ref,
        hours=chance.choice(("", "", "Mon-Fri 08:00-17:00", "Tue 00:00-12:00")),
        zone=chance.choice(("UTC", "Asia/Tokyo")),
        leave=away if chance.random() < 0.3 else (),
        daily_minutes_cap=chance.choice((None, None, 60, 240)),
        weekly_minutes_cap=chance.choice((None, None, 90, 600)),
    )


def random_case(chance: random.Random) -> tuple[Request, Facts]:
    """A booking, and twelve people of whom some are busy."""
    busy = {
        f"P{n}": [
            work(f"B{m}", start=random_moment(chance), hours=chance.choice((0.25, 1, 3, 23)))
            for m in range(chance.randrange(4))
        ]
        for n in range(1, 13)
    }

    def some() -> frozenset[int]:
        return frozenset(n for n in range(1, 13) if chance.random() < 0.1)

    asked = request(
        start=random_moment(chance),
        hours=chance.choice((0.25, 1, 2.5)),
        owner=chance.choice(("", "Ms Sato")),
        buffer=dt.timedelta(minutes=chance.choice((0, 0, 30, 90))),
        excluded=some(),
        declined=some(),
        pinned=chance.choice(((), (), (3,))),
        positions=chance.choice(((1,), (1, 2))),
    )
    people = (random_person(f"P{n}", chance) for n in range(1, 13))
    return asked, facts(*people, busy=busy, do_not_send={"Ms Sato": some()})


def cured(count: int) -> tuple[Person, Request]:
    """Person and booking after so many cures."""
    who, asked = WRONG_PERSON, WRONG_REQUEST
    for _, about_person, about_booking in CURES[:count]:
        who, asked = replace(who, **about_person), replace(asked, **about_booking)
    return who, asked


@pytest.mark.parametrize("place", range(len(CURES) + 1))
def test_first_rule_that_says_no_is_the_reason(place: int) -> None:
    who, asked = cured(place)
    known = facts(
        who,
        busy=BUSY,
        do_not_send={"Ms Sato": frozenset({1})},
    )

    choice = decide(asked, known)

    found = [rejection.rule for _, rejection in (*choice.shortlist.rejected, *choice.rejected)]
    assert found == [rule for rule, _, _ in CURES[place : place + 1]]
    assert choice.chosen == ((1,) if place == len(CURES) else ())


@pytest.mark.parametrize(("rule", "about"), [(rule, about) for rule, _, about in CURES[8:]])
def test_a_rule_that_is_not_asked_has_nothing_against_anybody(
    rule: str, about: dict[str, Any]
) -> None:
    asked = replace(WRONG_REQUEST, **about)
    known = facts(WRONG_PERSON, busy=BUSY, do_not_send={"Ms Sato": frozenset({1})})
    is_always_asked = rule in ("daily_minutes", "weekly_minutes")

    assert rule in dict(rules_about(WRONG_REQUEST, known).rules)
    assert (rule in dict(rules_about(asked, known).rules)) == is_always_asked
    if not is_always_asked:
        assert MOMENTARY[rule](WRONG_PERSON, asked, known) is None


def test_the_rules_are_asked_in_their_order() -> None:
    known = facts(WRONG_PERSON, busy=BUSY, do_not_send={"Ms Sato": frozenset({1})})

    assert list(dict(rules_about(WRONG_REQUEST, known).rules)) == list(MOMENTARY)
    assert list(dict(rules_about(request(), known).rules)) == [
        "working_hours",
        "leave",
        "overlap",
        "daily_minutes",
        "weekly_minutes",
    ]
    assert "pinned" in dict(rules_about(request(positions=()), known).rules)


def test_nobody_is_asked_about_whom_no_rule_can_say_no() -> None:
    free, off, away = person("P2"), person("P3", hours="Sun 00:00-01:00"), person("P4", hours=ALL)
    known = facts(free, off, away, busy={"P2": [work("B7", start=after(days=1))]})

    assert rules_about(request(start=after(days=1)), known).people == {2, 3}
    assert rules_about(request(start=after(days=1), declined=frozenset({4})), known).people == {
        2,
        3,
        4,
    }


@given(seed=st.integers(0, 2**32))
def test_whoever_a_rule_says_no_to_is_asked(seed: int) -> None:
    # Everybody may be asked too often, nobody too seldom: with and without the index by the hour.
    asked, known = random_case(random.Random(seed))
    told = said(asked, known)

    for _ in range(2):
        found = rules_about(asked, known)
        for name, people in told.items():
            assert people.keys() <= found.people
            assert name in dict(found.rules) or not people
        known.expect(1_000)
        assert said(asked, known) == told


def said(asked: Request, known: Facts) -> dict[str, dict[int, tuple[Any, ...]]]:
    """What each rule says against whom."""
    return {
        name: {
            row.id: values
            for row in known.people
            if (values := rule(row, asked, known)) is not None
        }
        for name, rule in MOMENTARY.items()
    }
