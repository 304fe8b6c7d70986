"""A copy of the benchmark's database as it was while small, so that both are asked in turns.

A page is compared with itself at another size: minutes lie between filling the one and the other,
and what else the machine does by then would count for more than the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from tests.benchmarks.measuring import Pair, Side, compare

Page = Callable[[], int]


class Copy:
    """The database as it is now, under another name (PostgreSQL)."""

    def __init__(self) -> None:
        self.grown = str(connection.settings_dict["NAME"])
        self.small = f"{self.grown}_small"
        self._execute(f"DROP DATABASE IF EXISTS {self.small} WITH (FORCE)")
        self._execute(f"CREATE DATABASE {self.small} TEMPLATE {self.grown}")

    def compare(self, page: Page) -> Pair:
        """Time a page of the database that has grown, in use afterwards, against the copy's."""

        def at(name: str) -> Side:
            return Side(run=page, prepare=lambda: self._open(name, page), work=lambda _: None)

        pair = compare(at(self.grown), at(self.small))
        self._use(self.grown)
        return pair

    def drop(self) -> None:
        """Take the copy away; what is asked from now on is the database that has grown."""
        self._use(self.grown)
        self._execute(f"DROP DATABASE {self.small} WITH (FORCE)")

    def _open(self, name: str, page: Page) -> None:
        """Show a page of this database once: connections are not what is measured."""
        self._use(name)
        page()

    def _use(self, name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = name

    def _execute(self, statement: str) -> None:
        connection.close()
        settings = connection.settings_dict
        with psycopg.connect(
            host=settings["HOST"],
            port=settings["PORT"],
            user=settings["USER"],
            password=settings["PASSWORD"] or None,
            dbname="postgres",
            autocommit=True,
        ) as own:
            own.execute(statement.encode())


@contextmanager
def copied() -> Iterator[Copy]:
    """Keep a copy of the database as it is now, as long as it is needed."""
    copy = Copy()
    try:
        yield copy
    finally:
        copy.drop()
