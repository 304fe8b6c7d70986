"""An interpreter is out: their bookings in a window go to others."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand, parse_instant
from assignment.enums import Outcome
from assignment.errors import InputError
from assignment.models import Interpreter
from assignment.wording import counted
from pooling.absence import preview_absence
from pooling.models import Plan
from pooling.plans import apply_plan
from pooling.reports import RunReport, preview_of, report_of


class Command(InterpoolCommand):
    """Leave is entered, and the bookings are decided again, together."""

    help = "Give the bookings of an interpreter who is out to others, as one plan."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the interpreter, the window, ``--reason`` and ``--dry-run``."""
        parser.add_argument("ref", metavar="REF", help="the interpreter")
        parser.add_argument("--from", required=True, metavar="ISO8601", dest="starts")
        parser.add_argument("--until", required=True, metavar="ISO8601", dest="ends")
        parser.add_argument("--reason", required=True, help="why, at least 5 characters")
        parser.add_argument("--dry-run", action="store_true", help="store the plan, apply nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Plan, apply, and report; what stays with the interpreter makes exit code 1."""
        began, now, reason = time.monotonic(), options["now"], options["reason"].strip()
        if not 5 <= len(reason) <= 500 or not reason.isprintable():
            raise InputError("Give a reason of 5 to 500 printable characters.")
        person = Interpreter.objects.filter(ref=options["ref"]).first()
        if person is None:
            raise InputError(f"There is no interpreter {options['ref'][:64]}.")
        starts, ends = parse_instant(options["starts"]), parse_instant(options["ends"])
        plan = preview_absence(person, starts_at=starts, ends_at=ends, now=now)
        if options["dry_run"]:
            return _preview(plan, now=now, seconds=time.monotonic() - began)
        done = apply_plan(plan, leave_out=(), now=now, actor=COMMAND, reason=reason)
        report = report_of(done.run, repeated=False, now=now)
        return _answer(plan, report, kept=done.stale, code=WRONG if done.stale else DONE)


def _preview(plan: Plan, *, now: dt.datetime, seconds: float) -> Answer:
    rows = plan.rows.filter(outcome=Outcome.SKIP).order_by("booking__ref")
    kept = tuple(rows.values_list("booking__ref", "reason_text"))
    return _answer(plan, preview_of(plan, now=now, seconds=seconds), kept=kept, code=DONE)


def _answer(
    plan: Plan, report: RunReport, *, kept: tuple[tuple[str, str], ...], code: int
) -> Answer:
    whole = report.as_json()
    names = ("run", "plan", "assigned", "escalated", "seconds", "entries")
    data = {
        "interpreter": plan.absent.ref if plan.absent else None,
        "from": plan.absent_from,
        "until": plan.absent_until,
        **{name: whole[name] for name in names},
        "kept": [{"booking": ref, "reason": reason} for ref, reason in kept],
    }
    given = [
        f"{row['booking']}  {', '.join(row['interpreters']) or row['reason']}"
        for row in whole["entries"]
    ]
    count = f"{data['assigned']} given to others, {data['escalated']} escalated"
    what = f"Run {report.run}" if report.run else f"Preview, plan {report.plan}"
    lines = [f"{what}: {count}, {counted(len(kept), 'stays', 'stay')}.", *given]
    return Answer(data=data, text="\n".join(lines), exit_code=code)
