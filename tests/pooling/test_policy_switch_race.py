"""Two leads who save at the same moment: one is in force, the other is told."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Policy
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from pooling.policy_switch import PolicyConflictError, apply_policy
from tests.pooling.entries import NOW, in_days, pooled
from tests.pooling.switching import pool_rows


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_meets_a_conflict() -> None:
    pooled("B-1", start=20, deadline=10, meeting_type="General")
    opened = current_policy()
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def save(values: PolicyValues) -> None:
        try:
            start.wait(timeout=10)
            apply_policy(
                values,
                reason="Peak",
                now=NOW,
                actor=COMMAND,
                acknowledged=None,
                base_version=opened.version,
            )
            outcomes.append("saved")
        except PolicyConflictError:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=save, args=(replace(opened, mode=mode),))
        for mode in ("URGENT", "CUSTOM")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["conflict", "saved"]
    assert Policy.objects.count() == 2
    assert AuditEvent.objects.filter(action="switch_mode").count() == 1
    days = {"URGENT": 6, "CUSTOM": 17}[current_policy().mode]
    assert pool_rows() == {"B-1": ("waiting", in_days(days))}
