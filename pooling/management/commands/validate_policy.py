"""Judge a policy: findings, and what it would do to the live pool."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from assignment.command import DONE, WRONG, Answer, InterpoolCommand
from assignment.errors import InputError
from assignment.policies import current_policy
from assignment.policy_json import (
    MOST_BYTES,
    InvalidPolicyError,
    parse_policy,
    policy_from_json,
)
from assignment.policy_limits import Finding
from assignment.policy_rules import errors
from pooling.impact import Impact
from pooling.policy_review import review

UNKNOWN = dict.fromkeys((*Impact(rows=()).counts, "level"))


class Command(InterpoolCommand):
    """Exit code 1 = there are errors; warnings alone are 0; an unreadable file is 2."""

    help = (
        "Judge a policy file, or without FILE the policy in force. A file is JSON such as"
        ' {"mode": "NORMAL", "weights": {...}, "thresholds": {"NORMAL": {"DR": [10, 30], ...},'
        ' ...}, "priorities": {"DR": 5, ...}}.'
    )
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the file."""
        parser.add_argument("file", nargs="?", metavar="FILE.json", help="the policy to judge")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Judge the shape, then the values, then reckon the impact."""
        try:
            values = (
                policy_from_json(parse_policy(_content(options["file"])))
                if options["file"] is not None
                else current_policy()
            )
        except InvalidPolicyError as invalid:
            return _answer(invalid.findings, impact=None)
        found = review(values, now=options["now"])
        return _answer(found.findings, impact=found.impact)


def _content(name: str) -> bytes:
    try:
        if not Path(name).is_file():  # opening a pipe would wait for somebody who writes
            raise FileNotFoundError(name)
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise InputError("The file cannot be read: check its name and its rights.") from problem


def _answer(findings: tuple[Finding, ...], *, impact: Impact | None) -> Answer:
    known = {**impact.counts, "level": impact.level} if impact else UNKNOWN
    entries = [row.as_json() for row in impact.affected] if impact else []
    return Answer(
        data={
            "valid": not errors(findings),
            "findings": [asdict(finding) for finding in findings],
            "impact": {**known, "entries": entries},
        },
        text=_text(findings, impact=impact),
        exit_code=WRONG if errors(findings) else DONE,
    )


def _text(findings: tuple[Finding, ...], *, impact: Impact | None) -> str:
    lines = [
        f"{finding.severity:<8} {finding.field}: {finding.message}" for finding in findings
    ] or ["No findings."]
    if impact:
        counts = impact.counts
        lines.append(
            f"In the pool: {counts['pooled']}. Affected: {counts['affected']} ({impact.level}); "
            f"due at once: {counts['immediate']}, another deadline: {counts['redated']}, "
            f"already started: {counts['escalated']}."
        )
    return "\n".join(lines)
