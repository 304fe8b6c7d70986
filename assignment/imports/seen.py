"""Which refs a file has named already, kept on disk so that memory stays flat."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self

CACHE_KIB = 512


class SeenRefs:
    """The refs of a file with the line of each, in a private temporary table."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._table.execute("CREATE TABLE seen (ref TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._table.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._table.close()

    def earlier_line(self, ref: str, *, line: int) -> int | None:
        """Remember a ref; return the line on which it stood before, if it did."""
        added = self._table.execute(
            "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (ref, line)
        )
        if added.rowcount:
            return None
        (earlier,) = self._table.execute("SELECT line FROM seen WHERE ref = ?", (ref,)).fetchone()
        return int(earlier)
