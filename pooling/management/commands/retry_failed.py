"""Bring dead letters back into the pool."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand
from assignment.enums import PoolStatus
from assignment.models import Booking
from pooling.entries import retry
from pooling.refs import booking_ids


class Command(InterpoolCommand):
    """All failed entries, or the named ones, pass the gate anew."""

    help = "Send failed entries through the gate again."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the refs."""
        parser.add_argument("refs", nargs="*", metavar="REF")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Retry, and name the bookings."""
        failed = Booking.objects.filter(pool_status=PoolStatus.FAILED)
        if options["refs"]:
            failed = failed.filter(pk__in=booking_ids(options["refs"]))
        found = dict(failed.values_list("pk", "ref"))
        reason = "Retried from the command line."
        count = retry(found, now=options["now"], actor=COMMAND, reason=reason)
        refs = sorted(found.values())
        text = f"{count} back through the gate: {', '.join(refs)}" if refs else "Nothing failed."
        return Answer(data={"count": count, "bookings": refs}, text=text)
