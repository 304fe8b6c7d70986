"""Reading a stored choice: what was left out without loss is there again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assignment.engine.jointly import decide_jointly
from assignment.engine.pipeline import Choice
from assignment.engine.record import pack, pack_choice, pack_roster, unpack
from assignment.engine.scoring import stable_hash
from assignment.engine.unpacking import unpack_choice
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    after,
    decide,
    facts,
    person,
    request,
)

BY_HASH = ["P4", "P2", "P1", "P3"]
"""Smallest first of ``printf 'B1|P1' | sha256sum`` and so on: 4ec3, ae50, d07c, f248."""


def stored(choice: Choice, policy: PolicyValues = NORMAL) -> tuple[bytes, list[str]]:
    """The packed record of a choice, and the refs of its roster."""
    roster = pack_roster(choice.shortlist)
    packed = pack_choice(choice, ordinals=roster.ordinals, policy=policy, now=NOW)
    return packed, unpack(roster.record)["refs"]


def test_equals_stand_in_the_order_of_their_hashes_whatever_was_settled() -> None:
    choice = decide(request("B1", start=after(days=20)), facts(*map(person, BY_HASH)))
    packed, refs = stored(choice)
    record = unpack(packed)
    shuffled = record | {"ranked": list(reversed(record["ranked"]))}

    for found in (unpack_choice(packed, refs=refs), unpack_choice(pack(shuffled), refs=refs)):
        assert [refs[ordinal] for ordinal in found["ranked"]] == BY_HASH
        assert found["scores"]["hash"] == [stable_hash("B1", ref) for ref in BY_HASH]


def test_a_column_of_equal_figures_is_one_figure_until_it_is_read() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 1})
    packed, refs = stored(decide(request(start=after(days=20)), known))

    assert unpack(packed)["scores"]["lrs"] == 1.0
    found = unpack_choice(packed, refs=refs)["scores"]
    assert (found["lrs"], found["hours"]) == ([1.0, 1.0], [0.0, 1.0])


def test_soft_rules_follow_their_people() -> None:
    # P1 has 4 h and breaks a soft cap, so that P2 with 5 h comes first.
    policy = replace(NORMAL, soft_rules=frozenset({"daily_minutes"}))
    known = facts(person("P1", daily_minutes_cap=0), person("P2"), hours={"P1": 4, "P2": 5})
    packed, refs = stored(decide(request(start=after(days=20)), known, policy), policy)

    found = unpack_choice(packed, refs=refs)

    assert [refs[ordinal] for ordinal in found["ranked"]] == ["P2", "P1"]
    assert found["soft_rules"] == [[], ["daily_minutes"]]
    assert found["scores"]["soft"] == [0.0, -0.5]


def test_a_record_in_which_nobody_passed_is_read() -> None:
    packed, refs = stored(decide(request(), facts(person("P1", leave=((NOW, after(days=9)),)))))

    found = unpack_choice(packed, refs=refs)

    assert (found["ranked"], found["soft_rules"]) == ([], [])
    assert found["scores"]["total"] == found["scores"]["hash"] == []


def test_hashes_of_a_joint_ranking_are_put_back() -> None:
    (choice,) = decide_jointly(
        [request("B1")], facts=facts(*map(person, BY_HASH)), policy=BALANCE, now=NOW
    ).choices
    packed, refs = stored(choice, BALANCE)

    joint = unpack_choice(packed, refs=refs)["joint"]

    assert "hash" not in unpack(packed)["joint"]
    assert [refs[ordinal] for ordinal in joint["people"]] == BY_HASH
    assert joint["hash"] == [stable_hash("B1", ref) for ref in BY_HASH]


def test_an_early_record_is_read_as_it_stands() -> None:
    early: dict[str, Any] = {
        "v": 1,
        "ranked": [1, 0],
        "scores": {"total": [2.0, 1.0], "hash": ["b", "a"]},
        "soft_rules": [[], ["buffer"]],
    }

    assert unpack_choice(pack(early), refs=["P1", "P2"]) == early
