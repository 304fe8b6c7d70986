"""Emptying the database after a test that committed: of what it filled, not of everything.

Django's own flush truncates every table and makes permissions, groups, schedules and guarantees
anew, which takes longer than most tests; it is left to tests that changed one of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from assignment.guarantees import APPEND_ONLY_TABLES, install, present, suspend_append_only

Rows = list[tuple[Any, ...]]
last_flushed: dict[str, Emptied] = {}
"""What the last whole flush left, by the name of the database."""


@dataclass(frozen=True, kw_only=True)
class Emptied:
    """An empty database: its tables, the rows that every migrate makes, and its guarantees."""

    tables: tuple[str, ...]
    rows: dict[str, Rows]
    guarantees: set[str]


def empty_database(connection: BaseDatabaseWrapper) -> None:
    """Write: leave nothing but what a migrate leaves."""
    name = str(connection.settings_dict["NAME"])
    emptied = last_flushed.get(name)
    if emptied is None or not stands(emptied, connection):
        flush(connection)
        last_flushed[name] = look_at(connection)
        return
    delete_from(filled(connection, emptied.tables) - emptied.rows.keys(), connection)


def stands(emptied: Emptied, connection: BaseDatabaseWrapper) -> bool:
    """Whether the rows of every migrate and the guarantees are as they were."""
    if present(connection) != emptied.guarantees:
        return False
    return all(rows_of(table, connection) == rows for table, rows in emptied.rows.items())


def flush(connection: BaseDatabaseWrapper) -> None:
    """Write: the flush of Django, which ends as a migrate does."""
    suspend_append_only(connection)
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


def look_at(connection: BaseDatabaseWrapper) -> Emptied:
    """Remember what a flush has left."""
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = tuple(sorted(found))
    rows = {table: rows_of(table, connection) for table in filled(connection, tables)}
    return Emptied(tables=tables, rows=rows, guarantees=present(connection))


def filled(connection: BaseDatabaseWrapper, tables: tuple[str, ...]) -> set[str]:
    """Those of the tables that have a row."""
    asked = "SELECT '{0}' WHERE EXISTS (SELECT 1 FROM \"{0}\")"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(map(asked.format, tables)))
        return {row[0] for row in cursor.fetchall()}


def rows_of(table: str, connection: BaseDatabaseWrapper) -> Rows:
    """All rows of a table."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608 - a name of our own
        return cursor.fetchall()


def delete_from(tables: set[str], connection: BaseDatabaseWrapper) -> None:
    """Write: delete every row of these tables; foreign keys are looked at in the end."""
    guarded = not tables.isdisjoint(APPEND_ONLY_TABLES)
    if guarded:
        suspend_append_only(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of our own
    if guarded:
        install(connection)
