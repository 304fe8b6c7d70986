"""The preview of a mode switch names the figures that count then, beside those that count now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignment.policies import current_policy, store_policy
from tests.pooling.policy_browser import PAGE, fields, signed_in

pytestmark = pytest.mark.django_db

TO_BALANCE = (
    ("What is due is decided", "one by one, by score", "together, in the daily sweep"),
    ("DR rule", "soft", "hard"),
    ("Fairness weight", "1.2", "2"),
    ("Urgency weight", "0.8", "0.6"),
    ("Least recently served weight", "0.3", "0.6"),
    ("Fairness window (days)", "30", "60"),
    ("Largest gap (hours)", "5", "2"),
    ("DR penalty", "-0.5", "-0.8"),
    ("DR: urgent / general days", "10 / 30", "7 / 30"),
    ("Weekly: urgent / general days", "7 / 15", "3 / 15"),
    ("General: urgent / general days", "10 / 15", "7 / 15"),
    ("Urgent: urgent / general days", "10 / 15", "7 / 15"),
    ("Other: urgent / general days", "7 / 10", "3 / 7"),
)


def test_a_switch_shows_every_figure_that_changes_and_no_other() -> None:
    page = signed_in("switch_mode").get(f"{PAGE}mode/BALANCE/")

    assert page.context["in_effect"] == TO_BALANCE
    assert page.context["changes"] == (("Mode", "NORMAL", "BALANCE"),)
    assert "What counts then" in page.content.decode()


def test_it_shows_the_stored_figures_of_the_modes_themselves() -> None:
    current = current_policy()
    days = replace(current.days("VIP"), urgent=9)
    store_policy(
        replace(
            current,
            custom=replace(current.custom, fairness_window_days=45),
            thresholds={**current.thresholds, ("NORMAL", "VIP"): days},
        ),
        reason="Second",
    )

    shown = signed_in("switch_mode").get(f"{PAGE}mode/CUSTOM/").context["in_effect"]

    assert ("Fairness window (days)", "30", "45") in shown
    assert ("VIP: urgent / general days", "9 / 15", "2 / 14") in shown
    assert "What is due is decided" not in [label for label, _, _ in shown]


def test_an_edit_that_keeps_the_mode_shows_its_own_changes_alone() -> None:
    review = signed_in("edit_policy").post(PAGE, fields(urgent_NORMAL_General="12"))

    assert review.context["in_effect"] == ()
    assert "What counts then" not in review.content.decode()


def test_a_return_to_a_version_of_another_mode_shows_both() -> None:
    store_policy(replace(current_policy(), mode="BALANCE", w_preference=1.5), reason="Second")

    page = signed_in("edit_policy", "switch_mode").get(f"{PAGE}version/1/restore/")

    assert page.context["changes"] == (
        ("Mode", "BALANCE", "NORMAL"),
        ("Weight of a preferred interpreter", "1.5", "0.5"),
    )
    assert page.context["in_effect"] == tuple((name, new, old) for name, old, new in TO_BALANCE)
