"""Is the database built as the code needs it?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from monitoring.schema import check_schema, repair_schema
from monitoring.start_up import hold_or_lift


class Command(InterpoolCommand):
    """Exit code 1 = something is missing."""

    help = (
        "Check tables, columns, indexes, constraints, triggers and schedules; --repair creates "
        "what is missing of the last four, never tables or data. What claims cannot do without "
        "puts claiming on hold until it is back."
    )

    def arguments(self, parser: CommandParser) -> None:
        """Add ``--repair``."""
        parser.add_argument("--repair", action="store_true", help="create what can be")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Check, repair if asked, and print what is missing."""
        report = repair_schema(actor=COMMAND) if options["repair"] else check_schema()
        hold_or_lift(report, actor=COMMAND)
        data = {
            "valid": report.valid,
            "missing_tables": list(report.missing_tables),
            "issues": [
                {"kind": row.kind, "name": row.name, "message": row.message}
                for row in report.issues
            ],
            "recommendations": list(report.recommendations),
            "repaired": list(report.repaired),
        }
        lines = [
            *(f"missing table {name}" for name in report.missing_tables),
            *(f"{row.kind} {row.name}: {row.message}" for row in report.issues),
            *report.recommendations,
            *(f"re-created {name}" for name in report.repaired),
        ]
        text = "\n".join(lines) or "The database is as it must be."
        return Answer(data=data, text=text, exit_code=DONE if report.valid else WRONG)
