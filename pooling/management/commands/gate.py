"""Send bookings that are not in the pool through the gate."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand, instant_text
from pooling.gate import gate
from pooling.refs import booking_ids


class Command(InterpoolCommand):
    """Now or pool, for waiting bookings that are not pooled."""

    help = "Send waiting bookings that are not pooled through the gate."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the refs."""
        parser.add_argument("refs", nargs="+", metavar="REF")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Gate, and say now or pool for each; what is gated already is left out."""
        ids = booking_ids(options["refs"])
        entries = sorted(
            gate(ids, now=options["now"], actor=COMMAND), key=lambda entry: entry.booking
        )
        rows = [
            {"booking": row.booking, "decision": row.decision, "deadline": row.deadline}
            for row in entries
        ]
        lines = [f"{row.booking}  {row.decision}  {instant_text(row.deadline)}" for row in entries]
        return Answer(data={"entries": rows}, text="\n".join(lines) or "Nothing to gate.")
