"""``import_pool_snapshot FILE.json``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import BAD_INPUT, DONE, WRONG, Answer, InterpoolCommand
from pooling.pool_snapshot import HandedOver, import_pool_snapshot


class Command(InterpoolCommand):
    """Hand over the pool of a legacy program, all of it or, with any bad entry, nothing."""

    help = "Import the entries of a legacy in-memory pool from a JSON file; may be repeated."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and ``--dry-run``."""
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--dry-run", action="store_true", help="check the file, write nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Import, and report."""
        now = options["now"]
        done = import_pool_snapshot(
            options["file"], now=now, actor=COMMAND, dry_run=options["dry_run"]
        )
        statistics = done.statistics(now=now)
        data = {
            "imported": done.imported,
            "unchanged": done.unchanged if done.imported or not done.errors else 0,
            "errors": [asdict(error) for error in done.errors],
            "dry_run": done.dry_run,
            "statistics": statistics,
        }
        return Answer(data=data, text=_text(done, statistics), exit_code=_code(done))


def _code(done: HandedOver) -> int:
    if not done.errors:
        return DONE
    return WRONG if done.imported else BAD_INPUT


def _text(done: HandedOver, counts: dict[str, Any]) -> str:
    lines = [f"{row.index:>6}  {row.booking:<20}  {row.reason}" for row in done.errors[:100]]
    more = len(done.errors) - len(lines)
    if more:
        lines.append(f"… and {more:,} more.")
    if done.errors and not done.imported:
        count = "1 error" if len(done.errors) == 1 else f"{len(done.errors):,} errors"
        lines.append(f"{count}; nothing was written. Put the file right and import it again.")
        return "\n".join(lines)
    states = ", ".join(
        f"{counts[name]:,} {name}" for name in ("waiting", "ready", "processing", "failed")
    )
    lines.append(f"{done.imported:,} imported, {done.unchanged:,} unchanged.")
    lines.append(f"The file holds {counts['total']:,}: {states}; {counts['overdue']:,} overdue.")
    if done.dry_run:
        lines.append("Nothing was written: this was a dry run.")
    return "\n".join(lines)
