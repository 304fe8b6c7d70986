"""Pool entries as the tests of the policy need them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assignment.enums import PoolStatus
from assignment.models import Booking

NOW = dt.datetime(2027, 2, 1, 8, 0, tzinfo=dt.UTC)


def in_days(days: float, *, now: dt.datetime = NOW) -> dt.datetime:
    """The instant so many days after now."""
    return now + dt.timedelta(days=days)


def pooled(
    ref: str,
    *,
    start: float,
    deadline: float,
    meeting_type: str = "VIP",
    status: str = "waiting",
    now: dt.datetime = NOW,
    **fields: Any,
) -> Booking:
    """A stored pool entry that starts, and must be decided, so many days after now."""
    if status == PoolStatus.PROCESSING:
        fields |= {"pool_lease_until": in_days(1, now=now), "pool_claimed_by": "host/1/a"}
    return Booking.objects.create(
        ref=ref,
        title=f"Meeting {ref}",
        meeting_type=meeting_type,
        dr_type="DR-I" if meeting_type == "DR" else "",
        other_type="A talk" if meeting_type == "Other" else "",
        starts_at=in_days(start, now=now),
        ends_at=in_days(start, now=now) + dt.timedelta(hours=1),
        languages="ja;th",
        pool_status=status,
        pool_entry_time=now,
        pool_deadline_time=in_days(deadline, now=now),
        **fields,
    )
