"""Every row of the validation table of 2-rules, at its bounds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from assignment.policies import DEFAULT
from assignment.policy_rules import validate
from assignment.policy_values import PRESETS, Days, PolicyValues, Weighting

SOUND = Weighting(
    w_fair=1.2,
    w_urgency=0.8,
    w_lrs=0.3,
    fairness_window_days=30,
    max_gap_hours=5,
    dr_penalty=-0.5,
)


def codes(values: PolicyValues, *, interpreters: int = 40) -> list[tuple[str, str]]:
    """The codes and severities of the findings."""
    found = validate(values, interpreters=interpreters)
    return [(finding.code, finding.severity) for finding in found]


def custom(**weights: Any) -> PolicyValues:
    """A sound CUSTOM policy but for these weights."""
    return replace(DEFAULT, mode="CUSTOM", custom=replace(SOUND, **weights))


def with_days(urgent: Any, general: Any, *, mode: str = "NORMAL") -> PolicyValues:
    """The default policy but for the thresholds of DR in one mode."""
    row = {(mode, "DR"): Days(urgent=urgent, general=general)}
    return replace(DEFAULT, thresholds={**DEFAULT.thresholds, **row})


@pytest.mark.parametrize("mode", ["BALANCE", "NORMAL", "URGENT", "CUSTOM"])
def test_the_figures_the_product_comes_with_are_silent_in_every_mode(mode: str) -> None:
    assert codes(replace(DEFAULT, mode=mode)) == []


@pytest.mark.parametrize("mode", ["BALANCE", "NORMAL", "URGENT"])
def test_a_preset_is_valid_by_definition(mode: str) -> None:
    unusual = replace(SOUND, w_fair=0.1, w_urgency=4.9, w_lrs=5, max_gap_hours=90, dr_penalty=-1.9)

    assert codes(replace(DEFAULT, mode=mode, custom=unusual)) == []


@pytest.mark.parametrize("mode", ["BALANCE", "NORMAL", "URGENT"])
def test_custom_weights_that_could_not_work_are_errors_under_a_preset_too(mode: str) -> None:
    assert codes(replace(DEFAULT, mode=mode, custom=replace(SOUND, w_fair=-1))) == [
        ("w_fair_out_of_range", "error")
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("fairness_window_days", 6, "fairness_window_days_out_of_range"),
        ("fairness_window_days", 91, "fairness_window_days_out_of_range"),
        ("max_gap_hours", 0.99, "max_gap_hours_out_of_range"),
        ("max_gap_hours", 100.01, "max_gap_hours_out_of_range"),
        ("w_fair", -0.01, "w_fair_out_of_range"),
        ("w_fair", 5.01, "w_fair_out_of_range"),
        ("w_urgency", -0.01, "w_urgency_out_of_range"),
        ("w_urgency", 5.01, "w_urgency_out_of_range"),
        ("w_lrs", -0.01, "w_lrs_out_of_range"),
        ("w_lrs", 5.01, "w_lrs_out_of_range"),
        ("dr_penalty", -2.01, "dr_penalty_out_of_range"),
        ("dr_penalty", 0.01, "dr_penalty_out_of_range"),
    ],
)
def test_outside_the_bounds_is_an_error(name: str, value: float, code: str) -> None:
    assert codes(custom(**{name: value})) == [(code, "error")]


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"fairness_window_days": 7}, "fairness_window_days_unusual"),
        ({"fairness_window_days": 13}, "fairness_window_days_unusual"),
        ({"fairness_window_days": 61}, "fairness_window_days_unusual"),
        ({"fairness_window_days": 90}, "fairness_window_days_unusual"),
        ({"max_gap_hours": 1}, "max_gap_hours_unusual"),
        ({"max_gap_hours": 1.99}, "max_gap_hours_unusual"),
        ({"max_gap_hours": 12.01}, "max_gap_hours_unusual"),
        ({"max_gap_hours": 100}, "max_gap_hours_unusual"),
        ({"w_fair": 0.49}, "w_fair_unusual"),
        ({"w_fair": 3.01}, "w_fair_unusual"),
        ({"w_urgency": 0.29}, "w_urgency_unusual"),
        ({"w_urgency": 2.51}, "w_urgency_unusual"),
        ({"w_lrs": 0.09}, "w_lrs_unusual"),
        ({"w_lrs": 1.01}, "w_lrs_unusual"),
        ({"dr_penalty": -1.01}, "dr_penalty_unusual"),
        ({"dr_penalty": -1.5}, "dr_penalty_unusual"),
        ({"dr_penalty": -0.09}, "dr_penalty_unusual"),
        ({"dr_penalty": 0}, "dr_penalty_unusual"),
    ],
)
def test_outside_the_usual_is_a_warning(weights: dict[str, float], code: str) -> None:
    assert codes(custom(**weights)) == [(code, "warning")]


@pytest.mark.parametrize(
    "weights",
    [
        {"fairness_window_days": 14},
        {"fairness_window_days": 60},
        {"max_gap_hours": 2},
        {"max_gap_hours": 12},
        {"w_fair": 0.5},
        {"w_fair": 3},
        {"w_urgency": 0.3},
        {"w_urgency": 2.5},
        {"w_lrs": 0.1},
        {"w_lrs": 1},
        {"dr_penalty": -1},
        {"dr_penalty": -0.1},
    ],
)
def test_the_usual_bounds_themselves_are_silent(weights: dict[str, float]) -> None:
    assert codes(custom(**weights)) == []


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"w_fair": 0.5, "w_urgency": 0.4, "w_lrs": 0.1}, []),
        ({"w_fair": 0.7, "w_urgency": 0.3, "w_lrs": 0.1}, []),
        ({"w_fair": 0.5, "w_urgency": 0.3, "w_lrs": 0.19}, ["weights_too_small"]),
        ({"w_fair": 3, "w_urgency": 2.5, "w_lrs": 4.5}, ["w_lrs_unusual"]),
        ({"w_fair": 3, "w_urgency": 2.5, "w_lrs": 4.6}, ["w_lrs_unusual", "weights_too_large"]),
        ({"w_fair": 0.5, "w_urgency": 1.5}, []),
        ({"w_fair": 0.5, "w_urgency": 1.51}, ["urgency_over_fairness"]),
        ({"w_fair": 0.6, "w_urgency": 1.8, "w_lrs": 0.6}, []),
        ({"w_fair": 0.6, "w_urgency": 1.8, "w_lrs": 0.61}, ["fairness_share"]),
        ({"w_fair": 2.4, "w_urgency": 0.3, "w_lrs": 0.3}, []),
        ({"w_fair": 2.41, "w_urgency": 0.3, "w_lrs": 0.3}, ["fairness_share"]),
        ({"dr_penalty": -1.51}, ["dr_penalty_unusual", "dr_penalty_extreme"]),
        ({"dr_penalty": -2}, ["dr_penalty_unusual", "dr_penalty_extreme"]),
    ],
)
def test_sums_ratios_and_shares_at_their_bounds(
    weights: dict[str, float], expected: list[str]
) -> None:
    assert codes(custom(**weights)) == [(code, "warning") for code in expected]


def test_zero_weights_are_zero_and_said_to_be_small() -> None:
    assert codes(custom(w_fair=0, w_urgency=0, w_lrs=0)) == [
        ("w_fair_unusual", "warning"),
        ("w_urgency_unusual", "warning"),
        ("w_lrs_unusual", "warning"),
        ("weights_too_small", "warning"),
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "1", None, [1]])
@pytest.mark.parametrize("name", ["w_fair", "max_gap_hours", "dr_penalty"])
def test_what_is_no_finite_number_is_an_error(name: str, value: Any) -> None:
    assert codes(custom(**{name: value})) == [(f"{name}_not_a_number", "error")]


@pytest.mark.parametrize("value", [30.0, 30.5, True, "30", math.nan])
def test_the_window_is_a_whole_number(value: Any) -> None:
    assert codes(custom(fairness_window_days=value)) == [
        ("fairness_window_days_not_a_number", "error")
    ]


def test_a_number_of_any_length_is_out_of_range() -> None:
    assert codes(custom(w_fair=10**5000)) == [("w_fair_out_of_range", "error")]


@pytest.mark.parametrize(
    ("urgent", "general", "expected"),
    [
        (0, 1, []),
        (365, 366, []),
        (365, 1000, []),
        (-1, 10, ["urgent_days_out_of_range"]),
        (366, 1000, ["urgent_days_out_of_range"]),
        (10, 1001, ["general_days_out_of_range"]),
        (0, 0, ["general_days_out_of_range"]),
        (10, 10, ["urgent_not_below_general"]),
        (11, 10, ["urgent_not_below_general"]),
        (9, 10, []),
        (True, 10, ["urgent_days_not_a_number"]),
        (1.5, 10, ["urgent_days_not_a_number"]),
    ],
)
@pytest.mark.parametrize("mode", ["BALANCE", "NORMAL", "URGENT", "CUSTOM"])
def test_thresholds_are_judged_in_every_mode(
    mode: str, urgent: Any, general: Any, expected: list[str]
) -> None:
    assert codes(with_days(urgent, general, mode=mode)) == [(code, "error") for code in expected]


@pytest.mark.parametrize(("priority", "expected"), [(0, 1), (1, 0), (10, 0), (11, 1)])
def test_priority_lies_between_1_and_10(priority: int, expected: int) -> None:
    values = replace(DEFAULT, priorities={**DEFAULT.priorities, "VIP": priority})

    assert codes(values) == [("priority_out_of_range", "error")] * expected


@pytest.mark.parametrize(
    ("mode", "interpreters", "expected"),
    [
        ("BALANCE", 0, [("few_interpreters", "warning")]),
        ("BALANCE", 2, [("few_interpreters", "warning")]),
        ("BALANCE", 3, []),
        ("NORMAL", 0, []),
    ],
)
def test_balance_wants_three_interpreters(
    mode: str, interpreters: int, expected: list[tuple[str, str]]
) -> None:
    assert codes(replace(DEFAULT, mode=mode), interpreters=interpreters) == expected


def test_unknown_words_and_missing_rows_are_errors() -> None:
    thresholds = {key: days for key, days in DEFAULT.thresholds.items() if key[1] != "Other"}
    values = replace(
        DEFAULT,
        mode="FAST",
        soft_rules=frozenset({"leave"}),
        priorities={"VIP": 3, "Ball": 2},
        thresholds={**thresholds, ("NORMAL", "Ball"): Days(urgent=1, general=2)},
    )

    assert codes(values) == [
        (code, "error")
        for code in (
            "mode_unknown",
            *["threshold_missing"] * 4,
            "threshold_unknown",
            "priority_missing",
            "priority_unknown",
            "soft_rule_unknown",
        )
    ]


@pytest.mark.parametrize("name", ["w_preference", "w_continuity"])
@pytest.mark.parametrize(("value", "count"), [(0, 0), (5, 0), (-0.1, 1), (5.1, 1)])
def test_further_weights_lie_between_0_and_5(name: str, value: float, count: int) -> None:
    changes: dict[str, Any] = {name: value}

    assert codes(replace(DEFAULT, **changes)) == [(f"{name}_out_of_range", "error")] * count


def test_each_finding_names_its_field_and_says_what_to_do() -> None:
    (finding,) = validate(with_days(12, 10), interpreters=40)

    assert finding.field == "thresholds.NORMAL.DR"
    assert finding.message == (
        "The urgent threshold of DR in NORMAL (12 days) must be below the general one (10 days): "
        "lower it or raise the other."
    )


def test_a_threshold_out_of_range_names_its_type_and_mode() -> None:
    (finding,) = validate(with_days(10, 1001), interpreters=40)

    assert finding.code == "general_days_out_of_range"
    assert finding.message == "Set the general threshold of DR in NORMAL between 1 and 1000."


def test_presets_are_those_of_the_table_of_modes() -> None:
    assert {mode: tuple(vars(weights).values()) for mode, weights in PRESETS.items()} == {
        "BALANCE": (2.0, 0.6, 0.6, 60, 2, -0.8),
        "NORMAL": (1.2, 0.8, 0.3, 30, 5, -0.5),
        "URGENT": (0.5, 2.5, 0.2, 14, 10, -0.1),
    }
