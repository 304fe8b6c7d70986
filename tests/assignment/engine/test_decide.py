"""Many bookings on one set of facts: canonical order, each sees those before, errors stay alone."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from assignment.engine.decide import decide_in_order
from assignment.engine.request import Request
from assignment.policy_values import Days
from tests.assignment.engine.values import (
    NORMAL,
    NOW,
    after,
    chosen,
    facts,
    person,
    request,
)

ORDERED = (
    request("B9", deadline=after(hours=1), entered_at=after(hours=3)),
    request("B8", deadline=after(hours=2), entered_at=after(hours=1)),
    request("B6", deadline=after(hours=2), entered_at=after(hours=2)),
    request("B7", deadline=after(hours=2), entered_at=after(hours=2)),
    request("B5", deadline=after(hours=2)),
    request("B1"),
)


def decide_all(requests: tuple[Request, ...], *people: str) -> list[tuple[str, list[str]]]:
    """Refs and choices in the order of deciding."""
    known = facts(*(person(ref) for ref in people))
    choices = decide_in_order(requests, facts=known, policy=NORMAL, now=NOW)
    return [(choice.request.ref, chosen(choice)) for choice in choices]


def test_order_is_deadline_then_entry_then_ref_whatever_the_input_order() -> None:
    expected = [row.ref for row in ORDERED]

    for mixed in itertools.permutations(ORDERED):
        assert [ref for ref, _ in decide_all(mixed)] == expected


def test_each_choice_sees_those_before_it() -> None:
    # All at the same time: the first takes one person, the second the other, nobody is left.
    first, second, third = ORDERED[:3]

    found = dict(decide_all((third, second, first), "P1", "P2"))

    assert sorted(found["B9"] + found["B8"]) == ["P1", "P2"]
    assert found["B6"] == []


def test_hours_of_the_batch_count_for_those_that_follow() -> None:
    rows = tuple(
        request(f"B{n}", start=after(days=20, hours=2 * n), deadline=after(hours=n))
        for n in range(1, 7)
    )

    found = [who for _, (who,) in decide_all(rows, "P1", "P2", "P3")]

    assert sorted(found[:3]) == sorted(found[3:]) == ["P1", "P2", "P3"]


def test_an_error_while_deciding_stays_with_its_booking(caplog: pytest.LogCaptureFixture) -> None:
    # A policy without thresholds for Other cannot judge a type that it does not hold.
    policy = replace(NORMAL, thresholds={("NORMAL", "General"): Days(urgent=10, general=15)})
    broken = request("B1", meeting_type="VIP", deadline=after(hours=1))
    sound = request("B2", deadline=after(hours=2))

    choices = list(
        decide_in_order([broken, sound], facts=facts(person("P1")), policy=policy, now=NOW)
    )

    assert [(choice.outcome, choice.chosen) for choice in choices] == [
        ("error", ()),
        ("assign", (1,)),
    ]
    assert "deciding B1 failed" in caplog.text
