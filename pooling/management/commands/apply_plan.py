"""Execute exactly a stored plan."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from assignment.errors import InputError
from pooling.models import Plan
from pooling.plans import apply_plan
from pooling.refs import booking_ids


class Command(InterpoolCommand):
    """What a preview showed, row by row; stale rows are named and left as they are."""

    help = "Execute exactly a stored plan (of sweep --dry-run, or of a preview)."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the plan and ``--except``."""
        parser.add_argument("plan", metavar="PLAN", help="number of the plan")
        parser.add_argument("--except", nargs="+", default=[], metavar="REF", dest="leave_out")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Apply, and report; stale rows make exit code 1."""
        number = options["plan"]
        plan = (
            Plan.objects.filter(pk=number).first()
            if number.isascii() and number.isdigit()
            else None
        )
        if plan is None:
            raise InputError(f"There is no plan {number[:20]}: sweep --dry-run makes one.")
        done = apply_plan(
            plan,
            leave_out=booking_ids(options["leave_out"]),
            now=options["now"],
            actor=COMMAND,
            reason="Applied from the command line.",
        )
        stale = [{"booking": ref, "reason": reason} for ref, reason in done.stale]
        lines = [
            f"{done.applied} applied, {len(stale)} stale.",
            *(f"{r}  {why}" for r, why in done.stale),
        ]
        data = {"applied": done.applied, "stale": stale, "run": done.run.pk}
        return Answer(data=data, text="\n".join(lines), exit_code=WRONG if stale else DONE)
