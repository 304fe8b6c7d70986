"""The database's own driver without Django: the reference of everything that is written or read."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb


class Bare:
    """One connection of the driver; statements have ``%s`` for values on both databases.

    ``keeps_statements``: as the driver does by itself, let the server keep what is asked often.
    Without it a pooler can stand between, as for Django's connections.
    """

    def __init__(self, *, keeps_statements: bool = True) -> None:
        settings = connection.settings_dict
        self.is_postgresql = connection.vendor == "postgresql"
        self.own: Any
        if self.is_postgresql:
            self.own = psycopg.connect(
                host=settings["HOST"],
                port=settings["PORT"],
                user=settings["USER"],
                password=settings["PASSWORD"] or None,
                dbname=settings["NAME"],
                autocommit=True,
            )
            if not keeps_statements:
                self.own.prepare_threshold = None
        else:
            self.own = sqlite3.connect(settings["NAME"], isolation_level=None)
            self.own.execute("PRAGMA synchronous=NORMAL")
            self.own.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let all or nothing of what is inside be written."""
        self.own.execute("BEGIN" if self.is_postgresql else "BEGIN IMMEDIATE")
        yield
        self.own.execute("COMMIT")

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement."""
        found = self.own.execute(self._own(statement), tuple(values))
        return [tuple(row) for row in found.fetchall()]

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Execute a statement; return how many rows it changed."""
        return int(self.own.execute(self._own(statement), tuple(values)).rowcount)

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of values."""
        self.own.cursor().executemany(self._own(statement), list(rows))

    def table(self, name: str, *, order: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and the rows of a table, ready to be written again."""
        statement = f"SELECT * FROM {name} ORDER BY {order}"  # noqa: S608 - names of our own
        found = self.own.execute(statement)
        columns = [column[0] for column in found.description]
        return columns, [tuple(map(_writable, row)) for row in found.fetchall()]

    def insert(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert the rows one by one."""
        names, places = (
            ", ".join(f'"{column}"' for column in columns),
            ", ".join(["%s"] * len(columns)),
        )
        self.many(f"INSERT INTO {name} ({names}) VALUES ({places})", rows)  # noqa: S608 - as above

    def instant(self, moment: dt.datetime) -> Any:
        """Return an instant as the driver takes it: on SQLite the one canonical text."""
        return moment if self.is_postgresql else f"{moment:%Y-%m-%d %H:%M:%S}"

    def close(self) -> None:
        """End the connection."""
        self.own.close()

    def _own(self, statement: str) -> str:
        return statement if self.is_postgresql else statement.replace("%s", "?")


def _writable(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
