"""Inserting many rows at the cost that the database itself needs for them.

A statement with a parameter for every cell costs many times that; audit events and imports come
by the hundred thousand. PostgreSQL takes the rows by COPY, SQLite, which runs in this process, as
they are. Where something is to come back, or to replace what is there, the rows travel as one
JSON, in a statement whose text does not grow.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils import timezone
from psycopg.types.json import Jsonb

AT_ONCE = 2_000


def insert_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Write the rows, in order; return these columns of each new row.

    ``columns`` are column names; those left out take what the database has as default. Values
    are texts, numbers, truth values, None, aware instants, bytes, and objects for JSON columns.
    The order of what is returned is the database's own. Call inside the transaction.
    """
    if returning:
        names = ", ".join(map(connection.ops.quote_name, returning))
        return _as_json(model, columns, rows, ending=f"RETURNING {names}")
    if connection.vendor == "postgresql":
        _copy(model, columns, rows)
    else:
        _hand_over(model, columns, rows)
    return []


def insert_new(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write new rows of these fields (a foreign key by its ``_id``), in order.

    The other fields take the defaults of the model; the keys are not told. Call inside the
    transaction.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    others = [
        field for name, field in fields.items() if name not in names and not field.primary_key
    ]
    rest = tuple(map(_default, others))
    columns = [str(field.column) for field in (*(fields[name] for name in names), *others)]
    insert_rows(model, columns, ((*row, *rest) for row in rows))


def put_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write the rows, each in the place of the one with the same key, if there is one.

    The key is the first of ``columns``. Call inside the transaction.
    """
    quote = connection.ops.quote_name
    news = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in columns[1:])
    ending = f"ON CONFLICT ({quote(columns[0])}) DO UPDATE SET {news}"
    if connection.vendor == "postgresql":
        _as_json(model, columns, rows, ending=ending)
    else:
        _hand_over(model, columns, rows, ending=ending)


def _default(field: models.Field[Any, Any]) -> Any:
    is_stamp = isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add)
    return timezone.now() if is_stamp else field.get_default()


def _copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    lines = [list(map(_for_copy, row)) for row in rows]
    if not lines:
        return
    with connection.cursor() as cursor:

        def send(sql: str, lines: Iterable[Sequence[Any]], *_: Any) -> None:
            with connection.wrap_database_errors, cursor.copy(sql) as copy:
                for line in lines:
                    copy.write_row(line)

        for wrapper in reversed(connection.execute_wrappers):  # as Django does by itself
            send = partial(wrapper, send)
        statement = f"COPY {_target(model, columns)} FROM STDIN"
        send(statement, lines, True, {"connection": connection, "cursor": cursor})


def _hand_over(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ending: str = "",
) -> None:
    places = ", ".join(["%s"] * len(columns))
    into = f"INSERT INTO {_target(model, columns)}"
    statement = f"{into} VALUES ({places}) {ending}"
    with connection.cursor() as cursor:
        for part in _parts(rows):
            cursor.executemany(statement, [list(map(_plain, row)) for row in part])


def _as_json(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ending: str
) -> list[tuple[Any, ...]]:
    statement = f"INSERT INTO {_target(model, columns)} {_source(model, columns)} {ending}"
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for part in _parts(rows):
            cursor.execute(statement, [json.dumps(part, default=_as_text)])
            found += cursor.fetchall() if ending.startswith("RETURNING") else ()
    return found


def _target(model: type[models.Model], columns: Sequence[str]) -> str:
    """Return the table with these columns."""
    quote = connection.ops.quote_name
    return f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"


def _source(model: type[models.Model], columns: Sequence[str]) -> str:
    """Return the query that takes the rows out of the JSON."""
    if connection.vendor == "postgresql":
        cells = ", ".join(_cell(model, column, place=n) for n, column in enumerate(columns))
        return f"SELECT {cells} FROM jsonb_array_elements(%s::jsonb) AS line"  # noqa: S608
    cells = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(columns)))
    return f"SELECT {cells} FROM json_each(%s)"  # noqa: S608 - numbers alone


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


def _for_copy(value: Any) -> Any:
    """Return a value as COPY writes it."""
    if value is None or isinstance(value, str | int | float | bytes | memoryview):
        return value
    return Jsonb(value) if isinstance(value, dict | list) else _as_text(value)


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
    raise TypeError(f"{type(value).__name__} cannot be inserted.")
