"""Why something that a run wrote must stay as it is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Max

from assignment.enums import AssignmentState, BookingState, Reason, Result
from assignment.models import Assignment, AuditEvent, Booking
from pooling import pool
from pooling.models import Plan, PlanRow, Run

UNDO = "undo"
"""First word of the operation key of an undo; the id of what it takes back follows."""
TOUCHED = "It was touched since."


def reasons_to_keep(rows: Sequence[PlanRow], *, run: Run, now: dt.datetime) -> dict[int, str]:
    """Return, by id of the row, why its booking stays as it is; empty = it may be undone."""
    ids = [row.booking_id for row in rows]
    bookings = Booking.objects.in_bulk(ids)
    active = _active_people(ids)
    touched = _touched_since(list(bookings.values()), run=run)
    results = _results(ids, run=run)
    reasons = {}
    for row in rows:
        booking = bookings[row.booking_id]
        if booking.starts_at <= now:
            reason = "It has started."
        elif results.get(booking.pk) == Result.ESCALATED:
            reason = _not_as_handed_over(booking, run=run)
        else:
            reason = _not_as_bound(booking, people=active[booking.pk], row=row, run=run)
        if not reason and booking.ref in touched:
            reason = TOUCHED
        reasons[row.pk] = reason
    return reasons


def _not_as_bound(
    booking: Booking, *, people: list[tuple[int, int | None, bool]], row: PlanRow, run: Run
) -> str:
    """Return what is not as the run left it; that of an absence leaves others of a booking be."""
    if booking.state != BookingState.APPROVED:
        return f"It is {pool.state_of(booking)} now."
    ids = {person_id for person_id, owner, _ in people if owner == run.operation_id}
    is_back = run.is_of_absence and run.kind == Plan.Kind.UNDO
    others = len(people) != len(ids) and not run.is_of_absence
    if others or not ids or (ids != set(row.chosen) and not is_back):
        return "Other people are assigned now."
    if any(by_hand for _, _, by_hand in people):
        return "A person chose it by hand."
    return "It was edited since." if booking.version != row.booking_version else ""


def _not_as_handed_over(booking: Booking, *, run: Run) -> str:
    undone = run.kind != Plan.Kind.UNDO or booking.escalation_code == Reason.UNDONE
    if booking.escalated_at is None or not undone:
        return f"It is {pool.state_of(booking)} now."
    return ""


def _results(booking_ids: Sequence[int], *, run: Run) -> dict[int, str]:
    """Return what the run did with each booking."""
    rows = run.rows.filter(booking__in=booking_ids)
    return dict(rows.order_by().values_list("booking_id", "result"))


def _active_people(booking_ids: Sequence[int]) -> dict[int, list[tuple[int, int | None, bool]]]:
    """Return (person, operation, by hand) of the active assignments, by booking."""
    found: dict[int, list[tuple[int, int | None, bool]]] = defaultdict(list)
    rows = Assignment.objects.filter(
        booking_id__in=booking_ids, state=AssignmentState.ACTIVE
    ).values_list("booking_id", "interpreter_id", "operation_id", "by_hand")
    for booking_id, person_id, operation_id, by_hand in rows:
        found[booking_id].append((person_id, operation_id, by_hand))
    return found


def _touched_since(bookings: Sequence[Booking], *, run: Run) -> set[str]:
    """Return the refs whose last audit event is not of this run."""
    refs = [booking.ref for booking in bookings]
    events = AuditEvent.objects.filter(object_type="booking", object_ref__in=refs)
    last = events.order_by().values("object_ref").annotate(last=Max("pk")).values("last")
    own = AuditEvent.objects.filter(pk__in=last, operation_key=run.operation.key)
    return set(refs) - set(own.values_list("object_ref", flat=True))
