"""The emergency override from the command line."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from assignment.errors import InputError
from pooling.emergency import EmergencyReport, preview_emergency, process_emergency


class Command(InterpoolCommand):
    """Everything in the pool is decided now, most pressing first."""

    help = "Decide everything in the pool now, regardless of deadlines."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add ``--reason``, ``--dry-run`` and ``--key``."""
        parser.add_argument("--reason", required=True, help="why, at least 5 characters")
        parser.add_argument("--dry-run", action="store_true", help="store the plan, apply nothing")
        parser.add_argument("--key", help="resume the override of this key after a kill")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Override, and report; failed entries make exit code 1."""
        now, reason = options["now"], options["reason"].strip()
        if not 5 <= len(reason) <= 500 or not reason.isprintable():
            raise InputError("Give a reason of 5 to 500 printable characters.")
        if options["dry_run"]:
            preview = EmergencyReport(report=preview_emergency(now=now), skipped=())
            return Answer(data=preview.as_json(), text=preview.report.as_text())
        key = f"emergency:{(options['key'] or uuid.uuid4().hex)[:100]}"
        done = process_emergency(now=now, actor=COMMAND, reason=reason, key=key)
        code = WRONG if done.report.count("failed") else DONE
        return Answer(data=done.as_json(), text=done.report.as_text(), exit_code=code)
