"""Switch the mode, with a report of what that does to the pool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from assignment.enums import Mode
from assignment.policies import current_policy
from pooling.holds import ClaimHoldError
from pooling.policy_switch import SwitchReport, apply_policy, preview
from pooling.processing import process_entries


class Command(InterpoolCommand):
    """Warnings are printed, and acknowledged by running the command."""

    help = "Switch the mode: re-date the pool and process what becomes due."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the mode, the reason, and the dry run."""
        parser.add_argument("mode", choices=Mode.values, help="the mode to put in force")
        parser.add_argument("--reason", required=True, help="why, for the audit trail")
        parser.add_argument("--dry-run", action="store_true", help="report only, change nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Switch (or preview), then process what became due."""
        values = replace(current_policy(), mode=options["mode"])
        now, reason = options["now"], options["reason"]
        if options["dry_run"]:
            return _answer(preview(values, now=now), dry_run=True)
        report = apply_policy(values, reason=reason, now=now, actor=COMMAND, acknowledged=None)
        if not report.immediate_ids:
            return _answer(report, dry_run=False)
        try:
            process_entries(
                report.immediate_ids,
                now=now,
                actor=COMMAND,
                key=f"{report.operation_key}:immediate",
                reason=reason,
            )
        except ClaimHoldError as hold:
            return _answer(report, dry_run=False, left=f"What is due waits. {hold}")
        return _answer(report, dry_run=False)


def _answer(report: SwitchReport, *, dry_run: bool, left: str = "") -> Answer:
    data = report.as_json() | {"dry_run": dry_run, "claiming_on_hold": left}
    text = "\n".join(filter(None, (_text(report, dry_run=dry_run), left)))
    return Answer(data=data, text=text, exit_code=WRONG if data["errors"] or left else DONE)


def _text(report: SwitchReport, *, dry_run: bool) -> str:
    if not report.changed:
        return f"The mode is {report.new_mode} already: nothing was done."
    counts = report.impact.counts
    done = "would switch" if dry_run else "switched"
    lines = [f"Mode {done} from {report.old_mode} to {report.new_mode}."]
    lines += [f"Warning: {finding.message}" for finding in report.warnings]
    lines += [f"{name:<10} {counts[name]:>7}" for name in counts]
    for row in report.impact.rows:
        if row.change != "left":
            old, new = (f"{day:%Y-%m-%d %H:%M}" for day in (row.entry.deadline, row.deadline))
            lines.append(f"  {row.change:<10} {row.entry.ref:<20} {old} -> {new} UTC")
    return "\n".join(lines)
