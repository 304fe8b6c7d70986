"""What would have to change for Y: one exact sentence for every rule and every place."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.engine.cures import (
    FAMILIES,
    cure_in_joint,
    cure_of_place,
    cure_of_rejection,
)
from assignment.engine.explain import SENTENCES
from assignment.engine.facts import Facts
from assignment.engine.jointly import decide_jointly
from assignment.engine.pipeline import Choice
from assignment.engine.record import pack_choice, pack_roster, unpack
from assignment.engine.request import Request
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

FAR = after(days=20)
"""So far ahead that urgency is 0."""


def record_of(choice: Choice, policy: PolicyValues) -> dict[str, Any]:
    """The record of a choice as it is stored."""
    roster = pack_roster(choice.shortlist)
    packed = pack_choice(choice, ordinals=roster.ordinals, policy=policy, now=NOW)
    return unpack_choice(packed, refs=unpack(roster.record)["refs"])


def places(asked: Request, known: Facts, policy: PolicyValues = NORMAL) -> list[str]:
    """The cures of everybody who could take it, best first."""
    record = record_of(decide(asked, known, policy), policy)
    return [cure_of_place(record, index=index) for index in range(len(record["ranked"]))]


def joint_places(asked: Request, known: Facts) -> list[str]:
    """The same of a joint decision."""
    (choice,) = decide_jointly([asked], facts=known, policy=BALANCE, now=NOW).choices
    record = record_of(choice, BALANCE)
    return [cure_in_joint(record, index=index) for index in range(len(record["joint"]["people"]))]


def test_every_rule_has_a_cure() -> None:
    assert set(FAMILIES) == set(SENTENCES)


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("active", [], "Make the person and their team active."),
        (
            "team",
            [],
            "Let the booking be open to another team, or move the person to its team.",
        ),
        (
            "tenant",
            [],
            "Let the booking be open to another tenant, or move the person to its tenant.",
        ),
        ("languages", ["th"], "Add th to the languages of the person, if that is true."),
        ("skills", ["court"], "Add court to the skills of the person, if that is true."),
        (
            "working_hours",
            ["Tue 13:00", "Tue 14:00", "Asia/Bangkok"],
            "Extend the working hours to Tue 13:00 to Tue 14:00 (Asia/Bangkok).",
        ),
        (
            "leave",
            ["2026-11-24 00:00", "2026-11-25 00:00"],
            "End or shorten the leave from 2026-11-24 00:00 to 2026-11-25 00:00 UTC.",
        ),
        (
            "overlap",
            ["B7", "06:00", "07:00"],
            "Give B7 to somebody else, or move one of the two.",
        ),
        (
            "buffer",
            ["B7", 30],
            "Give B7 to somebody else, or leave 30 minutes between the two.",
        ),
        (
            "daily_minutes",
            [300, 240],
            "Free 60 minutes of that day, or raise the cap from 240 to 300.",
        ),
        (
            "weekly_minutes",
            [2430, 2400],
            "Free 30 minutes of that week, or raise the cap from 2400 to 2430.",
        ),
        ("excluded", [], "Take the person off those whom the booking excludes."),
        ("do_not_send", ["Acme"], "Take the person off the do-not-send list of Acme."),
        ("declined", [], "Ask again, and take the person off those who declined the booking."),
        ("pinned", [], "Pin this person to the booking instead of who is pinned."),
        ("planned", ["B7", "06:00", "07:00"], "Let B7 of the same plan go to somebody else."),
        (
            "filled",
            [],
            "Ask for one more interpreter, or take one of the present ones off.",
        ),
        ("started", [], "Move the booking to a later time."),
        (
            "dr_consecutive",
            ["B90"],
            "Let somebody else serve B90, or choose a mode in which the DR rule is soft.",
        ),
        (
            "fairness_gap",
            [9.5, 1.0, 5],
            "3.50 h less on the books, or a gap limit of 8.50 h instead of 5.00 h.",
        ),
        ("of_old", [1], ""),
    ],
)
def test_the_one_change_that_lifts_a_rejection(rule: str, values: list[Any], expected: str) -> None:
    assert cure_of_rejection(rule, values) == expected


def test_who_is_outranked_is_told_the_hours_that_are_missing() -> None:
    # NORMAL: 1.2 * 2 h / 5 h = 0.48 points behind; without these 2 h the points are equal
    known = facts(person("P1"), person("P2"), hours={"P2": 2})

    assert places(request(start=FAR), known) == [
        "Nothing: this decision gave it to them.",
        "0.480 points more, such as by 2.00 h less on the books.",
    ]


def test_hours_that_are_worth_the_points_of_a_preference_are_told_only_if_there_are_so_many() -> (
    None
):
    # both have P3's 0 h below them: P1 is preferred (0.5), P2 could win 0.36 by hours at most
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P1": 1.5, "P2": 1.5, "P3": 4})
    asked = request(start=FAR, preferred=frozenset({1}))

    assert places(asked, known) == [
        "Nothing: this decision gave it to them.",
        "0.500 points more, such as by a preference of the booking; fewer hours alone are "
        "not enough.",
        "1.100 points more, such as by a preference of the booking; fewer hours alone are "
        "not enough.",
    ]


def test_with_a_doubled_gap_the_hours_are_those_of_the_policy() -> None:
    # 2 are needed, so P2 with 8 h passes under 10 h; P3 stands at 9 h. Fairness of both is
    # 0; 0.5 points are 0.5 / 1.2 of the gap of 5 h, so P3 would need 5 h - 2.08 h = 2.92 h.
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P2": 8, "P3": 9})
    asked = request(start=FAR, positions=(1, 2), preferred=frozenset({2}))

    assert places(asked, known)[2] == "0.500 points more, such as by 6.08 h less on the books."


def test_equal_points_and_pins_are_said() -> None:
    equal = facts(person("P1"), person("P2"))
    pinned = request(start=FAR, positions=(1, 2), pinned=(1, 2))

    assert places(request(start=FAR), equal)[1] == (
        "Anything in favour, such as a preference of the booking: the points are equal."
    )
    assert places(pinned, equal) == ["Nothing: this decision gave it to them."] * 2


def test_of_too_few_it_is_said_how_many_are_missing() -> None:
    known = facts(person("P1"), person("P2", active=False))

    assert places(request(positions=(1, 2, 3)), known) == [
        "Find 2 more who can: the booking needs 3 together."
    ]


def test_in_a_joint_decision_hours_come_first_then_points() -> None:
    ahead = facts(person("P1"), person("P2"), hours={"P2": 3})

    def level() -> Facts:
        return facts(person("P1"), person("P2"))

    assert joint_places(request("B1"), ahead) == [
        "Nothing: this decision gave it to them.",
        "3.00 h less on the books.",
    ]
    assert joint_places(request("B1", preferred=frozenset({1})), level()) == [
        "Nothing: this decision gave it to them.",
        "0.500 points more, such as by a preference of the booking.",
    ]
    assert joint_places(request("B1"), level())[1] == (
        "Anything in favour, such as a preference of the booking: the shares are equal."
    )


def test_where_the_last_one_chosen_is_pinned_only_a_pin_helps() -> None:
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P2": 3})
    record = record_of(decide(request("B1", positions=(1, 2), pinned=(2,)), known), NORMAL)
    one_pinned = record | {"pinned": record["chosen"]}

    assert cure_of_place(record, index=2) == (
        "Anything in favour, such as a preference of the booking: the points are equal."
    )
    assert cure_of_place(one_pinned, index=2) == (
        "Pin this person to the booking instead of who is pinned."
    )
