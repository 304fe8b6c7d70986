"""Somebody who is out, the plan for it, and what became of it."""

from __future__ import annotations

from typing import Any

from assignment.audit import COMMAND
from assignment.models import Assignment, Booking, Interpreter
from pooling.absence import preview_absence
from pooling.models import Plan
from pooling.plans import Applied, apply_plan
from tests.factories.bookings import NOW, after
from tests.factories.people import InterpreterFactory


def people(*refs: str) -> list[Interpreter]:
    """Interpreters of these refs."""
    return [InterpreterFactory.create(ref=ref) for ref in refs]


def preview(person: Interpreter, *, days: float = 7) -> Plan:
    """The plan for an absence from now on."""
    return preview_absence(person, starts_at=NOW, ends_at=after(days=days), now=NOW)


def proposed(plan: Plan) -> list[tuple[str, str, list[str], str]]:
    """Booking, outcome, people and reason of each row, in order."""
    refs = dict(Interpreter.objects.values_list("pk", "ref"))
    rows = plan.rows.select_related("booking").order_by("place")
    return [
        (row.booking.ref, row.outcome, [refs[key] for key in row.chosen], row.reason_text)
        for row in rows
    ]


def apply(plan: Plan, *leave_out: Booking, **changes: Any) -> Applied:
    """Carry the plan out."""
    values: dict[str, Any] = {"now": NOW, "actor": COMMAND, "reason": "She has the flu."}
    return apply_plan(plan, leave_out=[row.pk for row in leave_out], **values | changes)


def busy(booking: Booking) -> list[str]:
    """Who has the booking now, by position."""
    rows = Assignment.objects.filter(booking=booking, state="active").order_by("position")
    return list(rows.values_list("interpreter__ref", flat=True))
