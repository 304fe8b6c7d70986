"""Plan and apply over everything due, once per slot."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND, SCHEDULE
from assignment.command import DONE, WRONG, Answer, InterpoolCommand, instant_text, parse_instant
from assignment.errors import InputError
from pooling.reports import RunReport
from pooling.sweep import preview_sweep, sweep, sweep_if_missed

SLOT_LENGTH = 100
DATE_LIKE = re.compile(r"\s*(\d{4}([-/.]\d+){2}|(\d+[-/.]){2}\d{4})(?P<time>T\S*)?")


class Command(InterpoolCommand):
    """The daily sweep by hand; ``--dry-run`` stores only the plan."""

    help = "Decide everything that is due: make a plan, apply it. Once per slot."
    takes_now = True
    ends_politely = True

    def arguments(self, parser: CommandParser) -> None:
        """Add ``--dry-run``, ``--slot`` and ``--if-due``."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="store the plan, apply nothing")
        what.add_argument("--slot", help="date or name of the slot; default: the minute")
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
        _require_slot(slot)
        return answer_of(sweep(now=now, slot=slot, actor=COMMAND))


def _require_slot(slot: str) -> None:
    """Raise InputError for a name that cannot be stored, or that only looks like a date.

    A slot is a name (“morning”), but one that begins like a date means that day: mistyped, it
    would sweep a second time under a name that nobody looks for.
    """
    if not slot.strip() or len(slot) > SLOT_LENGTH or not slot.isprintable():
        raise InputError(f"Name the slot with 1 to {SLOT_LENGTH} printable characters.")
    day = DATE_LIKE.match(slot)
    if day is None:
        return
    if day["time"]:
        parse_instant(day[0])
        return
    try:
        dt.date.fromisoformat(day[0])
    except ValueError as error:
        raise InputError(f"“{slot[:40]}” is no date: write such as 2026-11-23.") from error


def answer_of(report: RunReport) -> Answer:
    """Return a report as the answer of a command; failed entries make exit code 1."""
    code = WRONG if report.count("failed") else DONE
    return Answer(data=report.as_json(), text=report.as_text(), exit_code=code)
