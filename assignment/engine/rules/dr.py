"""The DR rule: not the same person twice in a row, as strong as the mode says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assignment.engine.facts import Facts
from assignment.engine.request import Request
from assignment.enums import MeetingType
from assignment.policy_values import PolicyValues


@dataclass(frozen=True, kw_only=True, slots=True)
class DrView:
    """Who is consecutive for a booking, because of which DR, and how strongly it counts."""

    people: frozenset[int]
    booking_ref: str
    strength: str
    penalty: float


def consecutive(request: Request, *, facts: Facts, policy: PolicyValues) -> DrView | None:
    """Return who served the latest DR before this start, or None when the rule is silent.

    By meeting time, in the whole system, within the fairness window before the start.
    """
    if request.meeting_type != MeetingType.DR:
        return None
    window = dt.timedelta(days=policy.weighting.fairness_window_days)
    latest = facts.latest_dr(before=request.starts_at, after=request.starts_at - window)
    if latest is None:
        return None
    return DrView(
        people=latest.people,
        booking_ref=latest.booking_ref,
        strength=policy.dr_strength,
        penalty=policy.weighting.dr_penalty,
    )
