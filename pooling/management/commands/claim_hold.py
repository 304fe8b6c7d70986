"""Hold all claims, or let them be made again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from pooling import holds


class Command(InterpoolCommand):
    """Exit code 1 = claiming is on hold, unless that was just asked for."""

    help = "Say whether claiming is on hold; --set holds it by hand, --lift lifts that again."

    def arguments(self, parser: CommandParser) -> None:
        """Add ``--set``, ``--lift`` and ``--reason``."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--set", action="store_true", help="let nothing be claimed")
        what.add_argument(
            "--lift",
            choices=holds.Cause.values,
            nargs="?",
            const=holds.Cause.HAND.value,
            help="lift the hold of this cause; default: hand",
        )
        parser.add_argument("--reason", default="", help="why: 5 to 500 characters")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Set or lift, and say what stands."""
        reason, cause = options["reason"], options["lift"]
        changed = False
        if options["set"]:
            changed = holds.set_hold(holds.Cause.HAND, reason=reason, actor=COMMAND)
        elif cause:
            changed = holds.lift(cause, reason=reason, actor=COMMAND)
        rows = holds.standing()
        data = {
            "changed": changed,
            "holds": [
                {"cause": row.cause, "reason": row.reason, "since": row.set_at} for row in rows
            ],
        }
        text = "\n".join(map(holds.sentence, rows)) or "Claiming is not on hold."
        return Answer(
            data=data, text=text, exit_code=WRONG if rows and not options["set"] else DONE
        )
