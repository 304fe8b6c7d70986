"""The order in which the rules are asked: the first that says no is the reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

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
        busy={"P1": [work("B7", start=after(days=1))]},
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
    known = facts(WRONG_PERSON, do_not_send={"Ms Sato": frozenset({1})})
    is_always_asked = rule in ("daily_minutes", "weekly_minutes")

    assert rule in dict(rules_about(WRONG_REQUEST))
    assert (rule in dict(rules_about(asked))) == is_always_asked
    if not is_always_asked:
        assert MOMENTARY[rule](WRONG_PERSON, asked, known) is None


def test_the_rules_are_asked_in_their_order() -> None:
    assert list(dict(rules_about(WRONG_REQUEST))) == list(MOMENTARY)
    assert list(dict(rules_about(request()))) == [
        "working_hours",
        "leave",
        "overlap",
        "daily_minutes",
        "weekly_minutes",
    ]
    assert "pinned" in dict(rules_about(request(positions=())))
