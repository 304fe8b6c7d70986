"""The emergency override from the command line."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from assignment.errors import InputError
from pooling.emergency import (
    EmergencyReport,
    key_of_preview,
    preview_emergency,
    process_emergency,
)
from pooling.models import Plan
from pooling.refs import plan_of, rows_left_out


class Command(InterpoolCommand):
    """Everything in the pool is decided now, most pressing first."""

    help = "Decide everything in the pool now, regardless of deadlines."
    takes_now = True
    ends_politely = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the reason, the preview to carry out, and the key."""
        parser.add_argument("--reason", required=True, help="why, at least 5 characters")
        parser.add_argument("--dry-run", action="store_true", help="store the plan, apply nothing")
        parser.add_argument("--plan", metavar="PLAN", help="carry out exactly this preview")
        parser.add_argument("--except", nargs="+", default=[], metavar="REF", dest="leave_out")
        parser.add_argument("--key", help="resume the override of this key after a kill")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Override, and report; failed entries and stale rows make exit code 1."""
        now, reason = options["now"], options["reason"].strip()
        if not 5 <= len(reason) <= 500 or not reason.isprintable():
            raise InputError("Give a reason of 5 to 500 printable characters.")
        if options["dry_run"]:
            return _answer(EmergencyReport(report=preview_emergency(now=now)))
        plan = plan_of(options["plan"]) if options["plan"] else None
        if plan and plan.kind != Plan.Kind.EMERGENCY:
            raise InputError(f"Plan {plan.pk} is no preview of an override: use apply_plan.")
        if options["leave_out"] and plan is None:
            raise InputError("Name the plan from which rows are left out: --plan PLAN.")
        key = f"emergency:{(options['key'] or uuid.uuid4().hex)[:100]}"
        done = process_emergency(
            now=now,
            actor=COMMAND,
            reason=reason,
            key=key_of_preview(plan) if plan else key,
            plan=plan,
            leave_out=rows_left_out(plan, options["leave_out"]) if plan else (),
        )
        return _answer(done)


def _answer(done: EmergencyReport) -> Answer:
    code = WRONG if done.report.count("failed") or done.stale else DONE
    return Answer(data=done.as_json(), text=done.as_text(), exit_code=code)
