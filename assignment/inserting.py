"""Inserting many rows by one statement whose text does not grow: the rows travel as one JSON.

A statement with a parameter for every cell costs many times what the database needs for the rows;
audit events and imports come by the hundred thousand.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models

AT_ONCE = 2_000


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Write the rows, in order, 2,000 a statement; return these columns of each new row.

    ``columns`` are column names; those left out take what the database has as default. Values
    are texts, numbers, truth values, None, aware instants, and objects for JSON columns. The
    order of what is returned is the database's own. Call inside the transaction.
    """
    statement = _statement(model, columns, returning)
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for part in _parts(rows):
            cursor.execute(statement, [json.dumps(part, default=_as_text)])
            found += cursor.fetchall() if returning else ()
    return found


def _statement(model: type[models.Model], columns: Sequence[str], returning: Sequence[str]) -> str:
    quoted = [connection.ops.quote_name(column) for column in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        kinds = [_kind(model, column) for column in columns]
        cells = ", ".join(f"CAST(line ->> {n} AS {kind})" for n, kind in enumerate(kinds))
        source = f"SELECT {cells} FROM json_array_elements(%s::json) AS line"  # noqa: S608
    else:
        cells = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(columns)))
        source = f"SELECT {cells} FROM json_each(%s)"  # noqa: S608 - numbers alone
    into = f"INSERT INTO {table} ({', '.join(quoted)}) {source}"
    if not returning:
        return into
    return f"{into} RETURNING {', '.join(map(connection.ops.quote_name, returning))}"


def _kind(model: type[models.Model], column: str) -> str:
    """Return the type to read a cell as; texts get their length checked by the column itself."""
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    is_text = isinstance(field, models.CharField | models.TextField)
    return "text" if is_text else str(field.db_type(connection))


def _parts(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    remaining = iter(rows)
    while part := list(islice(remaining, AT_ONCE)):
        yield part


def _as_text(value: object) -> str:
    """Return an instant as the database stores it; on SQLite there is one canonical text."""
    if isinstance(value, dt.datetime):
        return str(connection.ops.adapt_datetimefield_value(value))
    raise TypeError(f"{type(value).__name__} cannot be inserted as JSON.")
