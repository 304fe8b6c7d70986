"""Execute exactly a stored plan."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from pooling.plans import apply_plan
from pooling.refs import plan_of, rows_left_out


class Command(InterpoolCommand):
    """What a preview showed, row by row; stale rows are named and left as they are."""

    help = "Execute exactly a stored plan (of sweep --dry-run, or of a preview)."
    takes_now = True
    ends_politely = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the plan and ``--except``."""
        parser.add_argument("plan", metavar="PLAN", help="number of the plan")
        parser.add_argument("--except", nargs="+", default=[], metavar="REF", dest="leave_out")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Apply, and report; stale rows make exit code 1."""
        plan = plan_of(options["plan"])
        done = apply_plan(
            plan,
            leave_out=rows_left_out(plan, options["leave_out"]),
            now=options["now"],
            actor=COMMAND,
            reason="Applied from the command line.",
        )
        stale = [{"booking": ref, "reason": reason} for ref, reason in done.stale]
        lines = [
            f"Run {done.run.pk}: {done.applied} applied, {len(stale)} stale.",
            *(f"{r}  {why}" for r, why in done.stale),
        ]
        data = {"applied": done.applied, "stale": stale, "run": done.run.pk}
        return Answer(data=data, text="\n".join(lines), exit_code=WRONG if stale else DONE)
