"""Is every invariant kept? And put right what is not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from assignment.wording import counted
from monitoring.repair import Outcome, audit_integrity, repair_integrity


class Command(InterpoolCommand):
    """Exit code 1 = findings are left."""

    help = "Check every invariant; with --repair put right what can be, each with an audit event."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add ``--repair`` and ``--dry-run``."""
        parser.add_argument("--repair", action="store_true", help="put right what can be")
        parser.add_argument("--dry-run", action="store_true", help="with --repair: change nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Audit, repair if asked, and print what is left."""
        if options["repair"] and not options["dry_run"]:
            outcome = repair_integrity(now=options["now"], actor=COMMAND)
        else:
            outcome = audit_integrity(now=options["now"])
        return Answer(
            data=_data(outcome),
            text=_text(outcome),
            exit_code=WRONG if outcome.findings else DONE,
        )


def _data(outcome: Outcome) -> dict[str, Any]:
    names = ("code", "severity", "object", "message", "repair")
    return {
        "audits": [
            {"code": audit.code, "checked": seen.checked, "findings": len(seen.wrong)}
            for audit, seen in outcome.examined
        ],
        "findings": [
            {name: getattr(finding, name) for name in names} for finding in outcome.findings
        ],
        "repaired": outcome.repaired,
    }


def _text(outcome: Outcome) -> str:
    lines = []
    for finding in outcome.findings:
        repair = finding.repair or "by hand"
        lines.append(f"{finding.severity:<8} {finding.code:<26} {finding.object}")
        lines.append(f"         {finding.message} Repair: {repair}")
    checked = sum(seen.checked for _, seen in outcome.examined)
    lines.append(
        f"{counted(len(outcome.examined), 'audit', 'audits')}, {checked:,} checked, "
        f"{counted(len(outcome.findings), 'finding', 'findings')}, {outcome.repaired:,} repaired."
    )
    return "\n".join(lines)
