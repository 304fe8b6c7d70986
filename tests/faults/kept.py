"""The rows of the product as they stood, put back before each of many deaths.

With the same rows under the same numbers a deed does the same again, so two deaths of it that
leave the same rows leave nothing else to try.
"""

from __future__ import annotations

import hashlib
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from assignment.guarantees import install, suspend_append_only
from tests.faults.forks import killed_after

APPS = ("assignment", "pooling")
CLOCKS = frozenset(
    {
        "at",
        "created_at",
        "finished_at",
        "lease_until",
        "pool_lease_until",
        "seconds",
        "settled_at",
        "started_at",
    }
)
"""The columns of which only counts whether they are filled when the same is done again."""
CHANCE = re.compile(r"tick:[0-9a-f]{32}|/\d+/[0-9a-f]{12}")
"""The words that chance has in it: the key of a tick, and which process holds something."""


@contextmanager
def kept() -> Iterator[None]:
    """Keep a copy of every row for ``put_back`` until the block ends."""
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in tables():
                cursor.execute(f"DROP TABLE kept_{table}")


def put_back() -> None:
    """Let the rows be those that are kept, and the next ones get the same numbers as before."""
    suspend_append_only(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
        for table in tables():
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
        number_again(cursor)
    install(connection)


def number_again(cursor: Any) -> None:
    """Give the next row of each table the number after its last one."""
    for table, key in tables().items():
        if key != "id":
            continue
        if connection.vendor == "sqlite":
            last = f"(SELECT coalesce(max({key}), 0) FROM {table})"  # noqa: S608
            cursor.execute(f"UPDATE sqlite_sequence SET seq = {last} WHERE name = '{table}'")  # noqa: S608
        else:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'),"  # noqa: S608
                f" coalesce(max({key}), 0) + 1, false) FROM {table}"
            )


def state() -> str:
    """A digest of all rows, without clocks and chance."""
    text = CHANCE.sub("", repr([(table, rows_of(table)) for table in tables()]))
    return hashlib.sha256(text.encode()).hexdigest()


def rows_of(table: str) -> list[tuple[Any, ...]]:
    """Every row of a table, without clocks."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {tables()[table]}")  # noqa: S608
        clocks = [column[0] in CLOCKS for column in cursor.description]
        return [
            tuple(
                value is None if clock else value for clock, value in zip(clocks, row, strict=True)
            )
            for row in cursor.fetchall()
        ]


def deaths(numbers: Iterable[int], act: Callable[[], object]) -> Iterator[int]:
    """Kill the deed after each of these statements of it, over the rows that are kept.

    Yields the first statement of each state of the rows that a death leaves.
    """
    seen = set()
    for number in numbers:
        put_back()
        assert killed_after(number, act) == -signal.SIGKILL, f"statement {number}"
        left = state()
        if left not in seen:
            seen.add(left)
            yield number


@cache
def tables() -> dict[str, str]:
    """The tables of the product, each with the column of its key."""
    models = chain.from_iterable(apps.get_app_config(app).get_models() for app in APPS)
    metas = [model._meta for model in models if not model._meta.proxy]
    return {meta.db_table: str(meta.pk.column) for meta in metas}
