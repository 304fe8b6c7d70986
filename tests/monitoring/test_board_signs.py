"""What the board shows beside its numbers, and what that costs at most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from assignment.models import Interpreter
from assignment.policies import current_policy, policy_to_show, store_policy
from assignment.policy_values import Days
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.pooling.admin.people import client_of, in_hours

pytestmark = pytest.mark.django_db

DAYS = Days(urgent=4, general=44)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.mark.parametrize(("fair_share", "queries"), [("outcome", 14), ("opportunity", 15)])
def test_a_board_costs_no_more_than_that_while_people_are_away_and_new(
    fair_share: str, queries: int, django_assert_num_queries: Any
) -> None:
    there, absent, new = InterpreterFactory.create_batch(3)
    approved(there, starts_at=in_hours(48))
    approved(new, starts_at=in_hours(48))
    long_ago = Interpreter.objects.filter(pk__in=(there.pk, absent.pk))
    long_ago.update(created_at=in_hours(-24 * 300))
    LeaveFactory(interpreter=absent, starts_at=in_hours(24), ends_at=in_hours(240))
    policy = replace(current_policy(), fair_share=fair_share)
    store_policy(policy, reason="Another fair share.")
    client = client_of("viewer")
    client.get("/admin/")

    with django_assert_num_queries(queries):
        client.get("/admin/")


def test_a_new_policy_is_shown_at_once() -> None:
    shown = policy_to_show()
    values = replace(current_policy(), thresholds={**shown.thresholds, ("NORMAL", "DR"): DAYS})
    store_policy(values, reason="Other thresholds.")

    assert policy_to_show() == current_policy()
    assert policy_to_show().thresholds["NORMAL", "DR"] == DAYS
    assert policy_to_show().version == shown.version + 1
