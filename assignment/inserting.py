"""Inserting many rows by one statement whose text does not grow: the rows travel as one JSON.

A statement with a parameter for every cell costs many times what the database needs for the rows;
audit events and imports come by the hundred thousand. On SQLite, which runs in this process, the
rows are handed over as they are unless something of them is to come back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models

AT_ONCE = 2_000
Row = TypeVar("Row", bound=models.Model)


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Write the rows, in order, 2,000 a statement; return these columns of each new row.

    ``columns`` are column names; those left out take what the database has as default. Values
    are texts, numbers, truth values, None, aware instants, bytes, and objects for JSON columns.
    The order of what is returned is the database's own. Call inside the transaction.
    """
    if connection.vendor == "sqlite" and not returning:
        _hand_over(model, columns, rows)
        return []
    statement = _statement(model, columns, returning)
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for part in _parts(rows):
            cursor.execute(statement, [json.dumps(part, default=_as_text)])
            found += cursor.fetchall() if returning else ()
    return found


def insert_models(model: type[Row], rows: Iterable[Row]) -> None:
    """Write new objects, in order, by ``insert_rows``; they do not learn their keys."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    insert_rows(
        model,
        [str(field.column) for field in fields],
        ([field.pre_save(row, add=True) for field in fields] for row in rows),
    )


def _hand_over(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    table = connection.ops.quote_name(model._meta.db_table)
    places = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {table} ({quoted}) VALUES ({places})"  # noqa: S608 - names of our own
    with connection.cursor() as cursor:
        for part in _parts(rows):
            cursor.executemany(statement, [list(map(_plain, row)) for row in part])


def _statement(model: type[models.Model], columns: Sequence[str], returning: Sequence[str]) -> str:
    quoted = [connection.ops.quote_name(column) for column in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        cells = ", ".join(_cell(model, column, place=n) for n, column in enumerate(columns))
        source = f"SELECT {cells} FROM jsonb_array_elements(%s::jsonb) AS line"  # noqa: S608
    else:
        cells = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(columns)))
        source = f"SELECT {cells} FROM json_each(%s)"  # noqa: S608 - numbers alone
    into = f"INSERT INTO {table} ({', '.join(quoted)}) {source}"
    if not returning:
        return into
    return f"{into} RETURNING {', '.join(map(connection.ops.quote_name, returning))}"


def _cell(model: type[models.Model], column: str, *, place: int) -> str:
    """Return how PostgreSQL reads a cell; texts get their length checked by the column itself."""
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    if isinstance(field, models.BinaryField):
        return f"decode(line ->> {place}, 'hex')"
    is_text = isinstance(field, models.CharField | models.TextField)
    kind = "text" if is_text else field.db_type(connection)
    return f"CAST(line ->> {place} AS {kind})"


def _parts(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    remaining = iter(rows)
    while part := list(islice(remaining, AT_ONCE)):
        yield part


def _plain(value: Any) -> Any:
    """Return a value as SQLite stores it."""
    if value is None or isinstance(value, str | int | float | bytes):
        return value
    if isinstance(value, memoryview):
        return bytes(value)
    return json.dumps(value) if isinstance(value, dict | list) else _as_text(value)


def _as_text(value: object) -> str:
    """Return an instant as the database stores it (SQLite has one text for it), bytes as hex."""
    if isinstance(value, dt.datetime):
        return str(connection.ops.adapt_datetimefield_value(value))
    if isinstance(value, bytes | memoryview):
        return value.hex()
    raise TypeError(f"{type(value).__name__} cannot be inserted as JSON.")
