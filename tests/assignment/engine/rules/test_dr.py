"""The DR rule in every strength; P1 served the DR before unless a test says otherwise."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.engine.decide import decide_in_order
from assignment.engine.facts import DrService, Facts
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    URGENT,
    after,
    chosen,
    custom,
    decide,
    dr,
    facts,
    person,
    request,
    verdicts,
)

YESTERDAY = dr("B90", "P1", start=after(days=-1))
ASKED = request(meeting_type="DR")


def two(*drs: DrService) -> Facts:
    """P1 and P2, and who served which DR."""
    return facts(person("P1"), person("P2"), drs=drs)


@pytest.mark.parametrize(
    ("policy", "penalty"),
    [
        (BALANCE, None),
        (NORMAL, -0.5),
        (URGENT, -0.1),
        (custom(dr_penalty=-1.5), None),
        (custom(dr_penalty=-1.0), None),
        (custom(dr_penalty=-0.99), -0.99),
        (custom(dr_penalty=-0.3), -0.3),
        (custom(dr_penalty=-0.2), -0.2),
        (custom(dr_penalty=0.0), 0.0),
    ],
)
def test_dr_rule_excludes_or_costs_as_strong_as_the_mode(
    policy: PolicyValues, penalty: float | None
) -> None:
    choice = decide(ASKED, two(YESTERDAY), policy)

    if penalty is None:
        assert verdicts(choice) == {"P1": ("dr_consecutive", ("B90",))}
        assert [row.person_id for row in choice.ranked] == [2]
    else:
        assert verdicts(choice) == {}
        assert {row.person_id: row.dr for row in choice.ranked} == {1: penalty, 2: 0.0}
    assert choice.dr_overridden is False


@pytest.mark.parametrize(("policy", "penalty"), [(BALANCE, -0.8), (custom(dr_penalty=-1.2), -1.2)])
def test_dr_block_yields_with_the_full_penalty_when_nobody_else_remains(
    policy: PolicyValues, penalty: float
) -> None:
    choice = decide(ASKED, facts(person("P1"), drs=[YESTERDAY]), policy)

    assert chosen(choice) == ["P1"]
    assert choice.dr_overridden is True
    assert choice.ranked[0].dr == penalty
    assert choice.ranked[0].total == pytest.approx(
        policy.weighting.w_fair
        + policy.weighting.w_urgency * choice.urgency
        + policy.weighting.w_lrs
        + penalty
    )


def test_dr_block_stands_while_others_could_not_pass_the_gap() -> None:
    # P2 is 50 h ahead of P1; once P1 is blocked, P2 is the least loaded and passes.
    known = facts(person("P1"), person("P2"), hours={"P2": 50}, drs=[YESTERDAY])

    assert chosen(decide(ASKED, known, BALANCE)) == ["P2"]


def test_dr_block_yields_when_too_few_others_remain_for_several_people() -> None:
    both = dr("B90", "P1", "P2", start=after(days=-1))
    known = facts(person("P1"), person("P2"), person("P3"), drs=[both])

    one = decide(ASKED, known, BALANCE)
    pair = decide(request(meeting_type="DR", positions=(1, 2)), known, BALANCE)

    assert verdicts(one) == {
        "P1": ("dr_consecutive", ("B90",)),
        "P2": ("dr_consecutive", ("B90",)),
    }
    assert (chosen(one), one.dr_overridden) == (["P3"], False)
    assert chosen(pair)[0] == "P3"
    assert (len(pair.chosen), pair.dr_overridden) == (2, True)
    assert {row.person_id: row.dr for row in pair.ranked} == {1: -0.8, 2: -0.8, 3: 0.0}


def test_dr_rule_counts_the_latest_dr_alone() -> None:
    older, latest = dr("B80", "P1", start=after(days=-2)), dr("B81", "P2", start=after(days=-1))

    choice = decide(ASKED, two(latest, older), BALANCE)

    assert verdicts(choice) == {"P2": ("dr_consecutive", ("B81",))}


def test_dr_rule_leaves_out_what_starts_at_the_same_time_or_later() -> None:
    same, later = dr("B80", "P1", start=after(days=1)), dr("B81", "P1", start=after(days=2))

    assert verdicts(decide(ASKED, two(same, later), BALANCE)) == {}


def test_dr_rule_counts_future_drs_before_the_start() -> None:
    ahead = dr("B80", "P1", start=after(hours=23))

    choice = decide(ASKED, two(YESTERDAY, ahead), BALANCE)

    assert verdicts(choice) == {"P1": ("dr_consecutive", ("B80",))}


@pytest.mark.parametrize(
    ("policy", "days"), [(BALANCE, 60), (custom(dr_penalty=-1, fairness_window_days=7), 7)]
)
def test_dr_rule_looks_back_over_the_fairness_window(policy: PolicyValues, days: int) -> None:
    edge = ASKED.starts_at - dt.timedelta(days=days)
    inside = dr("B80", "P1", start=edge)
    outside = dr("B80", "P1", start=edge - dt.timedelta(seconds=1))

    assert verdicts(decide(ASKED, two(inside), policy)) == {"P1": ("dr_consecutive", ("B80",))}
    assert verdicts(decide(ASKED, two(outside), policy)) == {}


def test_dr_rule_is_silent_for_other_meetings() -> None:
    choice = decide(request(meeting_type="VIP"), two(YESTERDAY), BALANCE)

    assert (verdicts(choice), choice.dr) == ({}, None)


def test_dr_rule_counts_the_earlier_dr_of_the_batch() -> None:
    first = request("B1", meeting_type="DR", start=after(days=1), deadline=after(hours=1))
    second = request("B2", meeting_type="DR", start=after(days=2), deadline=after(hours=2))
    known = two(YESTERDAY)

    choices = list(decide_in_order([second, first], facts=known, policy=BALANCE, now=NOW))

    assert [chosen(choice) for choice in choices] == [["P2"], ["P1"]]
    assert verdicts(choices[1]) == {"P2": ("dr_consecutive", ("B1",))}


def test_dr_rule_leaves_a_pinned_person_in_with_the_penalty() -> None:
    known = facts(person("P1"), person("P2"), person("P3", active=False), drs=[YESTERDAY])

    choice = decide(request(meeting_type="DR", pinned=(1,)), known, BALANCE)

    assert (chosen(choice), choice.dr_overridden) == (["P1"], False)
    assert choice.ranked[0].dr == -0.8
    pair = decide(request(meeting_type="DR", pinned=(1,), positions=(1, 2)), known, BALANCE)
    assert (chosen(pair), pair.dr_overridden) == (["P1", "P2"], False)
