"""Every figure of the tables of modes and of meeting types in 2-rules, written out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignment.enums import MeetingType, Mode
from assignment.policies import DEFAULT
from assignment.policy_values import PRIORITIES, THRESHOLDS, Days, Weighting


@pytest.mark.parametrize(
    ("mode", "weights"),
    [
        ("BALANCE", (2.0, 0.6, 0.6, 60, 2, -0.8)),
        ("NORMAL", (1.2, 0.8, 0.3, 30, 5, -0.5)),
        ("URGENT", (0.5, 2.5, 0.2, 14, 10, -0.1)),
    ],
)
def test_preset_has_the_figures_of_its_mode_whatever_custom_says(
    mode: str, weights: tuple[float, float, float, int, float, float]
) -> None:
    policy = replace(DEFAULT, mode=mode, custom=zero_weighting())
    names = ("w_fair", "w_urgency", "w_lrs", "fairness_window_days", "max_gap_hours", "dr_penalty")

    assert tuple(getattr(policy.weighting, name) for name in names) == weights


def test_custom_uses_what_is_stored_and_a_stored_zero_is_a_zero() -> None:
    policy = replace(DEFAULT, mode="CUSTOM", custom=zero_weighting())

    assert policy.weighting == zero_weighting()


@pytest.mark.parametrize(
    ("meeting_type", "priority", "balance", "normal", "urgent", "custom"),
    [
        ("DR", 5, (7, 30), (10, 30), (14, 45), (1, 7)),
        ("VIP", 4, (7, 15), (7, 15), (7, 15), (2, 14)),
        ("Weekly", 3, (3, 15), (7, 15), (14, 30), (3, 30)),
        ("General", 2, (7, 15), (10, 15), (14, 30), (3, 30)),
        ("Urgent", 2, (7, 15), (10, 15), (14, 30), (3, 30)),
        ("Other", 1, (3, 7), (7, 10), (7, 15), (5, 45)),
    ],
)
def test_meeting_type_has_its_priority_and_thresholds(
    meeting_type: str,
    priority: int,
    balance: tuple[int, int],
    normal: tuple[int, int],
    urgent: tuple[int, int],
    custom: tuple[int, int],
) -> None:
    found = {
        mode: replace(DEFAULT, mode=mode).days(meeting_type)
        for mode in ("BALANCE", "NORMAL", "URGENT", "CUSTOM")
    }

    assert found == {
        "BALANCE": Days(urgent=balance[0], general=balance[1]),
        "NORMAL": Days(urgent=normal[0], general=normal[1]),
        "URGENT": Days(urgent=urgent[0], general=urgent[1]),
        "CUSTOM": Days(urgent=custom[0], general=custom[1]),
    }
    assert DEFAULT.priority(meeting_type) == priority


def test_tables_hold_every_mode_and_type_and_nothing_else() -> None:
    assert set(THRESHOLDS) == {(mode, kind) for mode in Mode.values for kind in MeetingType.values}
    assert set(PRIORITIES) == set(MeetingType.values)


def test_a_type_that_is_not_there_uses_other() -> None:
    assert DEFAULT.days("Webinar") == Days(urgent=7, general=10)
    assert DEFAULT.priority("Webinar") == 1


def test_a_threshold_of_zero_days_is_kept() -> None:
    thresholds = {("NORMAL", "DR"): Days(urgent=0, general=1)}
    policy = replace(DEFAULT, thresholds={**THRESHOLDS, **thresholds}, priorities={"DR": 0})

    assert policy.days("DR") == Days(urgent=0, general=1)
    assert policy.priority("DR") == 0


@pytest.mark.parametrize(
    ("mode", "strength"), [("BALANCE", "hard"), ("NORMAL", "soft"), ("URGENT", "minimal")]
)
@pytest.mark.parametrize("stored", [-2.0, 0.0])
def test_dr_strength_of_a_preset_is_that_of_its_mode(
    mode: str, strength: str, stored: float
) -> None:
    policy = replace(DEFAULT, mode=mode, custom=replace(zero_weighting(), dr_penalty=stored))

    assert policy.dr_strength == strength


@pytest.mark.parametrize(
    ("penalty", "strength"),
    [
        (-2.0, "hard"),
        (-1.0, "hard"),
        (-0.999, "soft"),
        (-0.5, "soft"),
        (-0.3, "soft"),
        (-0.299, "minimal"),
        (0.0, "minimal"),
    ],
)
def test_dr_strength_of_custom_follows_the_penalty(penalty: float, strength: str) -> None:
    policy = replace(DEFAULT, mode="CUSTOM", custom=replace(zero_weighting(), dr_penalty=penalty))

    assert policy.dr_strength == strength


def zero_weighting() -> Weighting:
    """Nothing counts."""
    return Weighting(
        w_fair=0, w_urgency=0, w_lrs=0, fairness_window_days=7, max_gap_hours=0, dr_penalty=0
    )
