"""Every part of the score, by hand from the formulas of 2-rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from assignment.engine.scoring import fairness, least_recently_served, stable_hash, urgency
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    URGENT,
    after,
    custom,
    decide,
    dr,
    facts,
    person,
    request,
    work,
)

HASHES = ["d07c454fee3f4aea", "ae50a415b20ca480", "f2485f16af8f2e5c"]
"""The first 16 digits of ``printf 'B1|P1' | sha256sum``, and of P2 and P3."""
CUSTOM = custom(w_fair=1, w_urgency=2, w_lrs=0.5, fairness_window_days=10, max_gap_hours=4)


@pytest.mark.parametrize(
    ("days", "urgent_days", "priority", "expected"),
    [
        (10, 10, 2, 0.02),  # d = u: 2 * 2**0 / 100
        (8, 10, 2, 0.04),
        (2, 10, 2, 0.32),
        (2, 10, 5, 0.8),
        (9, 10, 2, 0.02 * 2**0.5),
        (0.5, 0.5, 1, 0.01),
        (1, 10, 5, 1.0),  # 5 * 22.6 / 100 is capped
        (2, 20, 1, 1.0),  # 2**9 counts as 100
        (8, 20, 1, 0.64),
        (0, 10, 1, 1.0),  # started
        (-3, 10, 1, 1.0),
        (0, 0, 1, 1.0),
        (1 / 86_400, 0, 5, 0.0),
    ],
)
def test_urgency_doubles_every_two_days(
    days: float, urgent_days: int, priority: int, expected: float
) -> None:
    found = urgency(starts_at=after(days=days), now=NOW, urgent_days=urgent_days, priority=priority)

    assert found == pytest.approx(expected, rel=1e-12)


def test_urgency_is_nothing_before_the_urgent_threshold() -> None:
    at = after(days=10) + dt.timedelta(seconds=1)

    assert urgency(starts_at=at, now=NOW, urgent_days=10, priority=10) == 0.0


@pytest.mark.parametrize(
    ("hours", "least", "gap", "expected"),
    [
        (3, 3, 5, 1.0),
        (5, 3, 5, 0.6),
        (8, 3, 5, 0.0),
        (80, 3, 5, 0.0),
        (-1, -2, 2, 0.5),
        (3, 3, 0, 1.0),
        (4, 3, 0, 0.0),
    ],
)
def test_fairness_falls_to_nothing_at_the_gap(
    hours: float, least: float, gap: float, expected: float
) -> None:
    assert fairness(hours=hours, least=least, max_gap_hours=gap) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("idle", "expected"), [(None, 1.0), (0, 0.0), (7.5, 0.25), (30, 1.0), (90, 1.0), (-4, 0.0)]
)
def test_least_recently_served_grows_over_the_window(idle: float | None, expected: float) -> None:
    assert least_recently_served(idle, window_days=30) == expected


@pytest.mark.parametrize(
    ("policy", "start", "hours", "idle", "parts"),
    [
        # urgency 2 * 2**((7-3)/2) / 100; fairness 1 - 1/2; lrs 15/60: 1.0 + 0.048 + 0.15
        (BALANCE, 3, 1, 15, (0.08, 0.5, 0.25, 1.198)),
        # urgency 2 * 2**((10-2)/2) / 100; fairness 1 - 2/5; lrs 15/30: 0.72 + 0.256 + 0.15
        (NORMAL, 2, 2, 15, (0.32, 0.6, 0.5, 1.126)),
        # urgency 2 * 2**((14-4)/2) / 100; fairness 1 - 2/10; lrs 7/14: 0.4 + 1.6 + 0.1
        (URGENT, 4, 2, 7, (0.64, 0.8, 0.5, 2.1)),
        # urgency 2 * 2**((3-1)/2) / 100; fairness 1 - 1/4; lrs 5/10: 0.75 + 0.08 + 0.25
        (CUSTOM, 1, 1, 5, (0.04, 0.75, 0.5, 1.08)),
    ],
)
def test_score_of_each_mode(
    policy: PolicyValues,
    start: float,
    hours: float,
    idle: float,
    parts: tuple[float, float, float, float],
) -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": hours}, last={"P2": after(days=-idle)})

    choice = decide(request(start=after(days=start)), known, policy)

    (second,) = (row for row in choice.ranked if row.person_id == 2)
    found = (choice.urgency, second.fairness, second.lrs, second.total)
    assert found == pytest.approx(parts, abs=1e-9)
    assert (second.hours, second.idle_days) == (hours, idle)


def test_score_adds_dr_penalty_and_preference() -> None:
    known = facts(person("P1"), drs=[dr("B90", "P1", start=after(days=-1))])
    asked = request(start=after(days=2), meeting_type="DR", preferred=frozenset({1}))

    (row,) = decide(asked, known).ranked

    # 1.2 fairness + 0.8 * 0.8 urgency + 0.3 never served - 0.5 DR + 0.5 preferred
    assert (row.dr, row.preference, row.total) == (-0.5, 0.5, 2.14)


def test_score_takes_a_soft_rule_off_and_names_it() -> None:
    policy = replace(NORMAL, soft_rules=frozenset({"buffer", "daily_minutes"}), soft_penalty=-0.25)
    asked = request(start=after(days=20), buffer=dt.timedelta(minutes=30))
    busy = {"P1": [work("B7", start=after(days=20, hours=1))]}
    known = facts(person("P1", daily_minutes_cap=60), busy=busy)

    (row,) = decide(asked, known, policy).ranked

    assert (row.soft, row.soft_rules) == (-0.5, ("buffer", "daily_minutes"))
    assert row.total == 1.0  # 1.2 fairness + 0.3 never served - 2 * 0.25


@pytest.mark.parametrize(
    ("days", "group", "points"), [(8, "G", 0.4), (-8, "G", 0.4), (8, "H", 0.0), (10, "G", 0.0)]
)
def test_continuity_counts_the_same_group_within_nine_days(
    days: float, group: str, points: float
) -> None:
    policy = replace(NORMAL, w_continuity=0.4)
    start = after(days=20)
    busy = {"P1": [work("B7", start=start + dt.timedelta(days=days), group=group)]}

    (row,) = decide(request(start=start, group="G"), facts(person("P1"), busy=busy), policy).ranked

    assert (row.continuity, row.total) == (points, pytest.approx(1.5 + points))


def test_stable_hash_is_the_same_on_every_machine() -> None:
    assert [stable_hash("B1", ref) for ref in ("P1", "P2", "P3")] == HASHES
