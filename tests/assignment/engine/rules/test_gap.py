"""The fairness gap: level, limit, and who is rejected, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignment.engine.rules.gap import gap_for
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    URGENT,
    chosen,
    custom,
    decide,
    facts,
    person,
    request,
    verdicts,
)


@pytest.mark.parametrize(
    ("hours", "needed", "level", "limit", "rejected"),
    [
        ([0, 5, 5.01], 1, 0, 5, [5.01]),
        ([3, 8, 8.5], 2, 0, 5, [8.5]),
        ([0, 6, 10, 10.5], 2, 1, 10, [10.5]),
        ([0, 6, 10, 10.5], 3, 1, 10, [10.5]),
        ([0, 6, 10, 10.5], 4, 2, None, []),
        ([0, 50], 2, 2, None, []),
        ([0, 50], 3, 2, None, []),  # more than there are: dropped too
        ([77], 1, 0, 5, []),  # the least loaded always passes
        ([-4, 1, 1.5], 1, 0, 5, [1.5]),  # adjustments may make hours negative
    ],
)
def test_gap_takes_the_strictest_level_at_which_enough_pass(
    hours: list[float], needed: int, level: int, limit: float | None, rejected: list[float]
) -> None:
    view = gap_for(dict(enumerate(hours)), needed=needed, max_gap_hours=5)

    assert (view.level, view.limit, view.least) == (level, limit, min(hours))
    assert [value for value in hours if view.rejects(value)] == rejected


def test_gap_passes_who_is_exactly_at_it_whatever_binary_fractions_say() -> None:
    # 9 h 18 min and 4 h 18 min are five hours apart; as binary fractions a little more.
    assert 9.3 - 4.3 > 5

    view = gap_for({1: 4.3, 2: 9.3}, needed=1, max_gap_hours=5)

    assert not view.rejects(9.3)


def test_gap_of_zero_hours_passes_the_least_loaded_alone() -> None:
    view = gap_for({1: 0, 2: 0.25, 3: 0}, needed=2, max_gap_hours=0)

    assert (view.level, view.rejects(0), view.rejects(0.25)) == (0, False, True)


@pytest.mark.parametrize(
    ("policy", "hours", "rejected"),
    [
        (BALANCE, 2, False),
        (BALANCE, 2.25, True),
        (NORMAL, 5, False),
        (NORMAL, 5.25, True),
        (URGENT, 10, False),
        (URGENT, 10.25, True),
        (custom(max_gap_hours=1), 1, False),
        (custom(max_gap_hours=1), 1.25, True),
    ],
)
def test_gap_of_each_mode(policy: PolicyValues, hours: float, rejected: bool) -> None:
    known = facts(person("P1"), person("P2"), hours={"P1": 3, "P2": 3 + hours})
    limit = policy.weighting.max_gap_hours
    expected = {"P2": ("fairness_gap", (3 + hours, 3.0, limit))} if rejected else {}

    assert verdicts(decide(request(), known, policy)) == expected


def test_hours_are_divided_by_the_weight() -> None:
    half, full = person("P1", weight=0.5), person("P2")
    known = facts(half, full, person("P3"), hours={"P1": 3, "P2": 5})

    choice = decide(request(), known)

    assert verdicts(choice) == {"P1": ("fairness_gap", (6.0, 0.0, 5))}


def test_least_loaded_is_sought_among_those_who_pass_the_other_rules() -> None:
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P2": 20, "P3": 26})

    choice = decide(request(excluded=frozenset({1})), known)

    assert verdicts(choice) == {"P1": ("excluded", ()), "P3": ("fairness_gap", (26.0, 20.0, 5))}
    assert chosen(choice) == ["P2"]


def test_several_positions_double_the_gap_and_then_drop_it() -> None:
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P2": 8, "P3": 40})

    two = decide(request(positions=(1, 2)), known)
    three = decide(request(positions=(1, 2, 3)), known)

    assert two.gap is not None
    assert (two.gap.level, two.gap.limit) == (1, 10)
    assert verdicts(two) == {"P3": ("fairness_gap", (40.0, 0.0, 10))}
    assert chosen(two) == ["P1", "P2"]
    assert three.gap is not None
    assert (three.gap.level, three.gap.limit) == (2, None)
    assert chosen(three) == ["P1", "P2", "P3"]


def test_soft_gap_costs_points_instead() -> None:
    policy = replace(NORMAL, soft_rules=frozenset({"fairness_gap"}), soft_penalty=-0.7)
    known = facts(person("P1"), person("P2"), hours={"P2": 6})

    choice = decide(request(), known, policy)

    assert verdicts(choice) == {}
    assert [(row.person_id, row.soft, row.soft_rules) for row in choice.ranked] == [
        (1, 0.0, ()),
        (2, -0.7, ("fairness_gap",)),
    ]
