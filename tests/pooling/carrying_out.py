"""Previews of the emergency override, and their confirmation."""

from __future__ import annotations

from collections.abc import Collection

from assignment.audit import COMMAND
from pooling.emergency import (
    EmergencyReport,
    key_of_preview,
    preview_emergency,
    process_emergency,
)
from pooling.models import Plan
from tests.factories.bookings import NOW

REASON = "The storm closed the bridge."
FIGURES = ("total", "assigned", "escalated", "failed", "skipped")


def shown() -> Plan:
    """The preview of an override."""
    return Plan.objects.get(pk=preview_emergency(now=NOW).plan or 0)


def carry_out(
    plan: Plan, *, leave_out: Collection[int] = (), reason: str = REASON
) -> EmergencyReport:
    """Confirm a preview."""
    return process_emergency(
        now=NOW,
        actor=COMMAND,
        reason=reason,
        key=key_of_preview(plan),
        plan=plan,
        leave_out=leave_out,
    )


def figures(done: EmergencyReport) -> list[int]:
    """Total, assigned, escalated, failed, skipped."""
    found = done.as_json()
    assert found["total"] == sum(found[name] for name in FIGURES[1:])
    return [found[name] for name in FIGURES]
