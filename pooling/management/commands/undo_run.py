"""Take back what a run wrote."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand
from assignment.errors import InputError
from pooling.models import Run
from pooling.refs import booking_ids
from pooling.undo import Undone, preview_undo, undo_run


class Command(InterpoolCommand):
    """Leaves what has started, is completed or was touched since, and says so."""

    help = "Take back what a run assigned; of an undo: bind it again."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the run, ``--only`` and ``--dry-run``."""
        parser.add_argument("run", metavar="RUN", help="number of the run")
        parser.add_argument(
            "--only", nargs="+", default=[], metavar="REF", help="only the decisions about these"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Undo, and report."""
        number = options["run"]
        known = number.isascii() and number.isdigit() and len(number) < 18
        run = Run.objects.select_related("operation").filter(pk=number).first() if known else None
        if run is None:
            raise InputError(f"There is no run {number[:20]}.")
        only = booking_ids(options["only"])
        if options["dry_run"]:
            done = preview_undo(run, now=options["now"], only=only)
        else:
            reason = "Undone from the command line."
            done = undo_run(run, now=options["now"], actor=COMMAND, reason=reason, only=only)
        kept = [{"booking": ref, "reason": reason} for ref, reason in done.kept]
        data: dict[str, Any] = {
            "undone": list(done.undone),
            "kept": kept,
            "run": done.run.pk if done.run else None,
        }
        what = f"Run {done.run.pk}" if done.run else f"Preview of an undo of run {run.pk}"
        lines = [f"{what}: {len(done.undone)} undone, {len(kept)} kept."]
        if run.is_of_absence:
            data |= {"given": list(done.given), "leave_goes": done.leave == ""}
            lines += _told(done)
        lines += [f"{ref}  {reason}" for ref, reason in done.kept]
        return Answer(data=data, text="\n".join(lines))


def _told(done: Undone) -> list[str]:
    """Return what an undo of an absence does beside what is kept."""
    leave = "goes too." if done.leave == "" else f"stays. {done.leave or ''}".strip()
    return [
        f"{len(done.given)} change hands, {len(done.unfit)} escalated; the leave {leave}",
        *(f"{ref}  {reason}" for ref, reason in done.unfit),
    ]
