"""Free entries whose lease ran out."""

from __future__ import annotations

from typing import Any

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand
from assignment.enums import PoolStatus
from assignment.models import Booking
from pooling import pool


class Command(InterpoolCommand):
    """What a tick does too, by hand."""

    help = "Free entries whose worker died or whose lease ran out."
    takes_now = True

    def answer(self, options: dict[str, Any]) -> Answer:
        """Rescue, and name the bookings."""
        processing = Booking.objects.filter(pool_status=PoolStatus.PROCESSING)
        before = set(processing.values_list("ref", flat=True))
        count = pool.rescue(actor=COMMAND)
        refs = sorted(before - set(processing.values_list("ref", flat=True)))
        text = f"{count} rescued: {', '.join(refs)}" if count else "Nothing is stuck."
        return Answer(data={"count": count, "bookings": refs}, text=text)
