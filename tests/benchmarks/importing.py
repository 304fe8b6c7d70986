"""An import of bookings against COPY of the same rows, and its memory."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection

from assignment.audit import COMMAND
from assignment.imports.columns import BOOKING_COLUMNS
from pooling.imports import import_bookings
from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import HOUR, NOW, add_people, wipe
from tests.benchmarks.measuring import NotTheSameError, Side, alone, compare
from tests.benchmarks.options import Options
from tests.benchmarks.table import Row, growth_row, ratio_row

SIZES = (10_000, 100_000)
TABLES = ("assignment_booking", "assignment_auditevent")
EMPTY = dict.fromkeys((column.name for column in BOOKING_COLUMNS), "")


def measure(options: Options) -> Iterator[Row]:
    """Yield the import with and without the gate, and how memory grows."""
    add_people(20)
    where = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[connection.vendor]
    with tempfile.TemporaryDirectory() as folder:
        sizes = [options.size(size, least=2_000) for size in SIZES]
        files = [written(Path(folder) / f"{size}.csv", size) for size in sizes]
        for gated in (False, True):
            what = f"import of {sizes[-1]:,} bookings, {where}{', with the gate' if gated else ''}"
            yield _against_copy(what, files[-1], rows=sizes[-1], gated=gated)
        peaks = []
        for file in files:
            wipe()
            _, peak = alone(imported, file, True)
            peaks.append(peak)
        row = growth_row(
            f"import: memory of {sizes[-1]:,} and of {sizes[0]:,}", *peaks, at_most=1.5
        )
        yield Row(**{**row.__dict__, "unit": "MB", "runs": 1})


def written(path: Path, count: int) -> Path:
    """Write a file of so many new bookings and return its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, fieldnames=list(EMPTY))
        lines.writeheader()
        for number in range(count):
            start = NOW + dt.timedelta(days=30, minutes=15 * number)
            filled = {
                "ref": f"BK-{number:07}",
                "title": f"Meeting {number}",
                "meeting_type": "General",
                "starts_at": start.isoformat(),
                "ends_at": (start + HOUR).isoformat(),
                "languages": "ja;th",
                "team": "all",
                "owner": "Ms Sato",
                "interpreters_needed": 1,
            }
            lines.writerow(EMPTY | filled)
    return path


def imported(path: Path, gated: bool) -> int:
    """Import the file; return how many bookings are new."""
    report = import_bookings(path, now=NOW, actor=COMMAND, gate_them=gated).report
    if report.errors:
        raise NotTheSameError(report.errors[0].message)
    return report.created


def _against_copy(what: str, file: Path, *, rows: int, gated: bool) -> Row:
    wipe()
    imported(file, gated)
    copy = _Copy()
    pair = compare(
        Side(run=partial(imported, file, gated), prepare=wipe, work=lambda _: _counts()),
        Side(run=copy.write, prepare=wipe, work=lambda _: _counts()),
    )
    copy.bare.close()
    return ratio_row(f"{what}: per booking", pair, at_most=10, per=rows)


def _counts() -> list[int]:
    bare = Bare()
    counts = [bare.rows(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES]  # noqa: S608
    bare.close()
    return counts


class _Copy:
    """The rows that the import wrote, written by COPY; on SQLite by ``executemany``."""

    def __init__(self) -> None:
        self.bare = Bare()
        self.saved = [(name, self._saved(name)) for name in TABLES]

    def write(self) -> None:
        """Write them again in one transaction."""
        with self.bare.transaction():
            for name, (columns, content) in self.saved:
                if self.bare.is_postgresql:
                    names = ", ".join(f'"{column}"' for column in columns)
                    with self.bare.own.cursor().copy(f"COPY {name} ({names}) FROM STDIN") as copy:
                        copy.write(content)
                else:
                    self.bare.insert(name, columns, content)

    def _saved(self, name: str) -> tuple[list[str], Any]:
        columns, rows = self.bare.table(name, order="id")
        if not self.bare.is_postgresql:
            place = columns.index("at") if "at" in columns else len(columns)
            rows = [row[:place] + row[place + 1 :] for row in rows]
            return columns[:place] + columns[place + 1 :], rows
        with self.bare.own.cursor().copy(f"COPY {name} TO STDOUT") as copy:
            return columns, b"".join(bytes(part) for part in copy)
