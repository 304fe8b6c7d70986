"""What the import commands print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tqdm import tqdm

from assignment.command import BAD_INPUT, DONE, Answer
from assignment.imports.report import ImportReport, LineError
from pooling.imports import Progress


@contextmanager
def progress_bar(path: Path, *, passes: int) -> Iterator[Progress]:
    """Show on a terminal how far the passes over the file have come."""
    size = 0
    with suppress(OSError):
        size = path.stat().st_size
    with tqdm(
        total=size * passes,
        unit="B",
        unit_scale=True,
        desc=path.name,
        file=sys.stderr,
        disable=None,
        leave=False,
    ) as bar:
        yield bar.update


def import_answer(
    report: ImportReport, *, gated: int, dry_run: bool, teams: bool = False
) -> Answer:
    """Return the counts, or all errors with exit code 2."""
    data = {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "gated": gated,
        "dry_run": dry_run,
        "sha256": report.sha256,
        "more_errors": report.more_errors,
        "errors": [
            {"line": error.line, "column": error.column, "message": error.message}
            for error in report.errors
        ],
    }
    if teams:
        data["teams_created"] = report.teams_created
    else:
        data["in_past"] = report.in_past
    if report.errors:
        return Answer(data=data, text=_error_table(report), exit_code=BAD_INPUT)
    counts = [
        f"{report.created:,} new",
        f"{report.updated:,} changed",
        f"{report.unchanged:,} unchanged",
    ]
    if not dry_run:
        made = report.teams_created
        teams_made = "1 team made" if made == 1 else f"{made:,} teams made"
        counts.append(teams_made if teams else f"{gated:,} gated")
    ending = " Nothing was written: this was a dry run." if dry_run else ""
    past = f" {report.past_sentence}" if report.in_past else ""
    return Answer(data=data, text=f"{', '.join(counts)}.{past}{ending}", exit_code=DONE)


def _error_table(report: ImportReport) -> str:
    rows = [("line", "column", "what is wrong"), *(_cells(error) for error in report.errors)]
    first, second = (max(len(row[place]) for row in rows) for place in (0, 1))
    lines = [f"{line:>{first}}  {column:<{second}}  {message}" for line, column, message in rows]
    total = len(report.errors) + report.more_errors
    if report.more_errors:
        lines.append(f"… and {report.more_errors:,} more.")
    things = "1 error" if total == 1 else f"{total:,} errors"
    lines.append(f"{things}; nothing was written. Put the file right and import it again.")
    return "\n".join(lines)


def _cells(error: LineError) -> tuple[str, str, str]:
    return str(error.line), error.column, error.message
