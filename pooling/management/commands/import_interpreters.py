"""``import_interpreters FILE.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand
from pooling.import_answers import import_answer, progress_bar
from pooling.imports import import_interpreters


class Command(InterpoolCommand):
    """Write all people of a file, and the teams that they name, or nothing."""

    takes_now = True
    help = "Import interpreters from a CSV file: all of them or, with any bad line, none."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and the dry run."""
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--dry-run", action="store_true", help="check the file, write nothing")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Import and report."""
        dry_run = options["dry_run"]
        with progress_bar(options["file"], passes=1 if dry_run else 2) as progress:
            report = import_interpreters(
                options["file"],
                now=options["now"],
                actor=COMMAND,
                dry_run=dry_run,
                progress=progress,
            )
        return import_answer(report, gated=0, dry_run=dry_run, teams=True)
