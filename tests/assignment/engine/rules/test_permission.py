"""May this person do this very booking? Each rule alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assignment.engine.values import (
    after,
    chosen,
    decide,
    facts,
    person,
    request,
    verdicts,
    work,
)


@pytest.mark.parametrize(
    ("fields", "rejection"),
    [
        ({"excluded": frozenset({1})}, ("excluded", ())),
        ({"declined": frozenset({1})}, ("declined", ())),
        ({"owner": "Ms Sato"}, ("do_not_send", ("Ms Sato",))),
        ({"pinned": (2,)}, ("pinned", ())),
    ],
)
def test_permission_rule_rejects_that_person_alone(
    fields: dict[str, Any], rejection: tuple[str, tuple[str, ...]]
) -> None:
    known = facts(
        person("P1"),
        person("P2"),
        hours={"P2": 4},  # P1 would be chosen
        do_not_send={"Ms Sato": frozenset({1}), "Mr Bo": frozenset({2})},
    )

    choice = decide(request(**fields), known)

    assert verdicts(choice) == {"P1": rejection}
    assert chosen(choice) == ["P2"]
    assert chosen(decide(request(), known)) == ["P1"]


def test_do_not_send_of_another_owner_or_of_none_rejects_nobody() -> None:
    known = facts(person("P1"), do_not_send={"Ms Sato": frozenset({1}), "": frozenset({1})})

    assert verdicts(decide(request(owner="Mr Bo"), known)) == {}
    assert verdicts(decide(request(owner=""), known)) == {}


def test_pinned_person_comes_before_a_better_one_and_others_compete_for_the_rest() -> None:
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P2": 1, "P3": 4})

    choice = decide(request(positions=(1, 2), pinned=(3,)), known)

    assert chosen(choice) == ["P3", "P1"]
    assert choice.tie_break == ("score", choice.ranked[1].total)


def test_pinned_person_passes_the_fairness_gap_but_no_hard_rule() -> None:
    people = (person("P1"), person("P2"))
    ahead = facts(*people, hours={"P2": 90})
    busy = facts(*people, busy={"P2": [work("B7", start=after(days=1))]})

    assert chosen(decide(request(pinned=(2,)), ahead)) == ["P2"]
    refused = decide(request(pinned=(2,)), busy)
    assert verdicts(refused) == {
        "P1": ("pinned", ()),
        "P2": ("overlap", ("B7", "06:00", "07:00")),
    }
    assert (refused.outcome, refused.reason_code, refused.reason_text) == (
        "stop",
        "pinned_cannot",
        "The pinned interpreter P2 is busy with other work.",
    )


def test_pinned_person_keeps_the_gap_of_the_others_as_it_is() -> None:
    # P3 is pinned, far ahead; P1 fills the other position, so the gap of 5 h is not doubled.
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P2": 7, "P3": 90})

    choice = decide(request(positions=(1, 2), pinned=(3,), preferred=frozenset({2})), known)

    assert verdicts(choice) == {"P2": ("fairness_gap", (7.0, 0.0, 5))}
    assert chosen(choice) == ["P3", "P1"]
