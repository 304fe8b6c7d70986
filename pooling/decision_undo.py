"""The decision about one booking that can be undone: which run took it."""

from __future__ import annotations

import datetime as dt

from assignment.enums import AssignmentState, BookingState, Outcome, Reason, Result
from assignment.models import Assignment, AuditEvent, Booking
from pooling.models import Plan, PlanRow, Run


def run_to_undo(booking: Booking, *, now: dt.datetime) -> Run | None:
    """Return the finished run whose decision about the booking stands now, if it can be undone.

    Of an assigned booking the run that bound its people, of one that was taken back the undo.
    Whether somebody touched it since is told by the preview of the undo.
    """
    if booking.starts_at <= now:
        return None
    done = Run.objects.filter(state=Run.State.DONE)
    if booking.state == BookingState.APPROVED:
        active = Assignment.objects.filter(booking=booking, state=AssignmentState.ACTIVE)
        return done.filter(operation__in=active.values("operation")).order_by("-pk").first()
    if booking.escalation_code == Reason.UNDONE:
        events = AuditEvent.objects.filter(object_type="booking", object_ref=booking.ref)
        key = events.filter(action="undo").values_list("operation_key", flat=True).first()
        return done.filter(operation__key=key or "").first()
    return None


def can_still_be_undone(row: PlanRow, *, run: Run, now: dt.datetime) -> bool:
    """Tell whether the row of a run looks as if its decision still stood; no query."""
    booking = row.booking
    if not row.chosen or booking.starts_at <= now:
        return False
    if run.kind == Plan.Kind.UNDO:
        return row.result == Result.ESCALATED and booking.escalation_code == Reason.UNDONE
    return (
        row.result == Result.ASSIGNED
        and row.outcome == Outcome.ASSIGN
        and booking.state == BookingState.APPROVED
    )
