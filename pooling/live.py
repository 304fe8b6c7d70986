"""What would be decided for one booking now; nothing is written."""

from __future__ import annotations

import datetime as dt

from assignment.models import Booking, Decision
from pooling.planning import draft_plan


def live_decision(booking: Booking, *, now: dt.datetime) -> Decision | None:
    """Return an unsaved decision as it would be taken now; None: the booking is gone or corrupt."""
    rows = Booking.objects.filter(pk=booking.pk).select_related("team")
    draft = draft_plan(lambda _: rows, now=now)
    row = draft.rows[0] if draft.rows else None
    if row is None or row.record is None:
        return None
    return Decision(
        booking=booking,
        policy_id=draft.policy.id,
        roster=next(roster for roster in draft.rosters if roster.pk == row.roster_id),
        outcome=row.outcome,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        record=row.record,
        decided_at=now,
        decided_by="live",
    )
