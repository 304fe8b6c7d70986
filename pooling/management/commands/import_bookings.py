"""``import_bookings FILE.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand
from pooling.import_answers import import_answer, progress_bar
from pooling.imports import import_bookings


class Command(InterpoolCommand):
    """Write all bookings of a file or none, then gate them."""

    help = "Import bookings from a CSV file: all of them or, with any bad line, none."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and what to leave out."""
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--dry-run", action="store_true", help="check the file, write nothing")
        parser.add_argument("--no-gate", action="store_true", help="let the next tick gate them")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Import and report."""
        dry_run = options["dry_run"]
        with progress_bar(options["file"], passes=1 if dry_run else 2) as progress:
            done = import_bookings(
                options["file"],
                now=options["now"],
                actor=COMMAND,
                dry_run=dry_run,
                gate_them=not options["no_gate"],
                progress=progress,
            )
        return import_answer(done.report, gated=done.gated, dry_run=dry_run)
