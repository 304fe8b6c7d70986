"""When a booking must be decided: lead, deadline, due, urgency level. Pure.

Figures: 2-rules, "Gate and deadline". Exact durations in UTC: a day is 24 hours, also in
a week in which the clocks change.
"""

from __future__ import annotations

import datetime as dt

from assignment.enums import Mode
from assignment.policy_values import PolicyValues

LEVELS = ((2, "CRITICAL"), (6, "HIGH"), (24, "MEDIUM"))
"""Hours to the deadline up to which (included) a level holds; beyond the last one: LOW."""


def lead_days(mode: str, urgent_days: int) -> int:
    """Return how many days before its start a booking must be decided.

    BALANCE has one day more, for its daily joint sweep; URGENT has at least one day.
    """
    if mode == Mode.BALANCE:
        return urgent_days + 1
    if mode == Mode.URGENT:
        return max(urgent_days, 1)
    return urgent_days


def deadline(starts_at: dt.datetime, *, meeting_type: str, policy: PolicyValues) -> dt.datetime:
    """Return the instant (UTC) by which a booking that starts then must be decided.

    ``starts_at`` is aware. A type that the threshold table lacks uses Other.
    """
    days = lead_days(policy.mode, policy.days(meeting_type).urgent)
    return starts_at.astimezone(dt.UTC) - dt.timedelta(days=days)


def is_due(deadline: dt.datetime, *, now: dt.datetime) -> bool:
    """Tell whether the deadline is reached; exactly now is due."""
    return deadline <= now


def urgency_level(deadline: dt.datetime, *, now: dt.datetime) -> str:
    """Return CRITICAL (past, or at most 2 h left), HIGH (6 h), MEDIUM (24 h) or LOW."""
    left = deadline - now
    for hours, level in LEVELS:
        if left <= dt.timedelta(hours=hours):
            return level
    return "LOW"
