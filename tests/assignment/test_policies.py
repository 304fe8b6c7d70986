"""Versions of the policy: what is stored is what is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assignment.models import Policy
from assignment.policies import DEFAULT, current_policy, ensure_policy, store_policy
from assignment.policy_values import THRESHOLDS, Days, UnsocialHours, Weighting

pytestmark = pytest.mark.django_db


def test_first_version_stands_after_migrate_with_the_figures_of_2_rules() -> None:
    found = current_policy()

    assert (found.version, found.mode) == (1, "NORMAL")
    assert replace(found, id=0, version=0) == DEFAULT
    assert found.days("DR") == Days(urgent=10, general=30)


def test_stored_version_reads_back_with_every_zero() -> None:
    values = replace(
        DEFAULT,
        mode="CUSTOM",
        custom=Weighting(
            w_fair=0,
            w_urgency=0,
            w_lrs=0,
            fairness_window_days=7,
            max_gap_hours=0,
            dr_penalty=0,
        ),
        thresholds={**THRESHOLDS, ("CUSTOM", "DR"): Days(urgent=0, general=1)},
        priorities={**DEFAULT.priorities, "DR": 1},
        w_preference=0.0,
        w_continuity=0.25,
        allow_partial=True,
        soft_rules=frozenset({"buffer", "fairness_gap"}),
        soft_penalty=0.0,
        fair_share="opportunity",
        unsocial=UnsocialHours(
            night_factor=1.5, night_from=0, night_until=0, holidays=("2026-12-25",)
        ),
    )

    stored = store_policy(values, reason="Test")

    assert current_policy() == replace(values, id=stored.pk, version=2)


def test_highest_version_is_in_force_with_three_queries() -> None:
    for _ in range(5):
        store_policy(DEFAULT, reason="Test")

    with CaptureQueriesContext(connection) as queries:
        found = current_policy()

    assert (found.version, len(queries)) == (6, 3)


def test_ensure_policy_leaves_what_stands() -> None:
    store_policy(replace(DEFAULT, mode="URGENT"), reason="Test")

    ensure_policy()

    assert list(Policy.objects.values_list("version", "mode")) == [(2, "URGENT"), (1, "NORMAL")]


def test_version_is_stored_once() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(version=1, reason="Test")
