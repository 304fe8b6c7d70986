"""Plan and apply over everything due, once per slot."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND, SCHEDULE
from assignment.command import DONE, WRONG, Answer, InterpoolCommand, instant_text
from assignment.errors import InputError
from pooling.reports import RunReport
from pooling.sweep import preview_sweep, sweep, sweep_if_missed

SLOT_LENGTH = 100


class Command(InterpoolCommand):
    """The daily sweep by hand; ``--dry-run`` stores only the plan."""

    help = "Decide everything that is due: make a plan, apply it. Once per slot."
    takes_now = True
    ends_politely = True

    def arguments(self, parser: CommandParser) -> None:
        """Add ``--dry-run``, ``--slot`` and ``--if-due``."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="store the plan, apply nothing")
        what.add_argument("--slot", help="name of the slot; default: the instant to the minute")
        what.add_argument(
            "--if-due",
            action="store_true",
            help="take the latest daily slot, and do nothing when it is done",
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        """Sweep, and report."""
        now = options["now"]
        if options["dry_run"]:
            return answer_of(preview_sweep(now=now))
        if options["if_due"]:
            report = sweep_if_missed(now=now, actor=SCHEDULE)
            if report is None:
                return Answer(data={"repeated": True}, text="The daily sweep is done already.")
            return answer_of(report)
        slot = options["slot"]
        if slot is None:
            slot = instant_text(now.replace(second=0, microsecond=0))
        if not slot.strip() or len(slot) > SLOT_LENGTH or not slot.isprintable():
            raise InputError(f"Name the slot with 1 to {SLOT_LENGTH} printable characters.")
        return answer_of(sweep(now=now, slot=slot, actor=COMMAND))


def answer_of(report: RunReport) -> Answer:
    """Return a report as the answer of a command; failed entries make exit code 1."""
    code = WRONG if report.count("failed") else DONE
    return Answer(data=report.as_json(), text=report.as_text(), exit_code=code)
