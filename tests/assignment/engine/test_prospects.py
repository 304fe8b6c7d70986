"""How near somebody is to a booking: every rule in the way, and the place without it."""

from __future__ import annotations

import datetime as dt

from assignment.engine.facts import Facts
from assignment.engine.pipeline import shortlist
from assignment.engine.prospects import Prospect, prospect
from assignment.engine.request import Request
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    after,
    dr,
    facts,
    person,
    request,
    work,
)

TOMORROW = after(days=1)


def near(asked: Request, known: Facts, ref: str, policy: PolicyValues = NORMAL) -> Prospect:
    """How near somebody is at NOW."""
    (who,) = (row for row in known.people if row.ref == ref)
    listed = shortlist(asked.needs, people=known.people)
    return prospect(who, asked, facts=known, policy=policy, now=NOW, listed=listed)


def told(found: Prospect) -> tuple[list[str], int | None, int]:
    """The rules in the way, the place and of how many."""
    return [row.rule for row in found.broken], found.place, found.of


def test_who_can_has_the_place_that_the_decision_would_give() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 2})

    assert told(near(request(), known, "P1")) == ([], 1, 2)
    assert told(near(request(), known, "P2")) == ([], 2, 2)
    assert near(request(), known, "P2").can


def test_one_rule_in_the_way_leaves_the_place_that_it_takes_away() -> None:
    # P2 and P3 are equal but for the hash: that of B1|P2 begins with ae, of B1|P3 with f2
    known = facts(
        person("P1"), person("P2", languages=frozenset({"ja"})), person("P3"), hours={"P1": 2}
    )

    found = near(request(), known, "P2")

    assert told(found) == (["languages"], 1, 3)
    assert not found.can


def test_two_rules_in_the_way_leave_no_place() -> None:
    away = ((NOW, after(days=9)),)
    known = facts(person("P1"), person("P2", languages=frozenset(), leave=away))

    assert told(near(request(), known, "P2")) == (["languages", "leave"], None, 2)


def test_who_overlaps_is_not_told_of_the_buffer_as_well() -> None:
    busy = {"P1": [work("B7", start=TOMORROW)]}
    asked = request(start=TOMORROW, buffer=dt.timedelta(minutes=30))

    assert told(near(asked, facts(person("P1"), busy=busy), "P1")) == (["overlap"], 1, 1)


def test_the_gap_and_the_dr_rule_are_told_like_any_other() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 9})
    drs = facts(person("P1"), person("P2"), drs=[dr("B9", "P1", start=after(days=-1))])

    assert told(near(request(), known, "P2")) == (["fairness_gap"], 2, 2)
    assert told(near(request(meeting_type="DR"), drs, "P1", BALANCE)) == (["dr_consecutive"], 2, 2)


def test_nothing_lifts_that_a_meeting_has_started() -> None:
    assert told(near(request(start=NOW), facts(person("P1")), "P1")) == (["started"], None, 0)
