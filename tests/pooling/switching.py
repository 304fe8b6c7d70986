"""Switching in tests: short verbs around ``apply_policy``, and a pool with everything in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from assignment.audit import COMMAND
from assignment.models import Booking
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from pooling.policy_switch import SwitchReport, apply_policy
from tests.pooling.entries import NOW, pooled


def to(mode: str, **changes: Any) -> PolicyValues:
    """The policy in force with another mode."""
    return replace(current_policy(), mode=mode, **changes)


def switch(values: PolicyValues, **arguments: Any) -> SwitchReport:
    """Apply with everything acknowledged."""
    usual: dict[str, Any] = {
        "reason": "Peak",
        "now": NOW,
        "actor": COMMAND,
        "acknowledged": None,
    }
    return apply_policy(values, **usual | arguments)


def pool_rows() -> dict[str, tuple[str | None, dt.datetime | None]]:
    """Status and deadline of every booking."""
    rows = Booking.objects.values_list("ref", "pool_status", "pool_deadline_time")
    return {ref: (status, deadline) for ref, status, deadline in rows}


def make_a_mixed_pool() -> None:
    """One entry of every kind, as NORMAL dated them."""
    pooled("B-1", start=20, deadline=10, meeting_type="General")
    pooled("B-2", start=13, deadline=3, meeting_type="DR")
    pooled("B-3", start=20, deadline=13, meeting_type="VIP")
    pooled("B-4", start=0, deadline=-10, meeting_type="General")
    pooled("B-5", start=12, deadline=2, meeting_type="General", status="processing")
    pooled("B-6", start=12, deadline=2, meeting_type="General", status="ready")
    pooled("B-7", start=12, deadline=2, meeting_type="General", status="failed")
