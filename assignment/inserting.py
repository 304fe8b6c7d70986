"""Inserting many rows without a parameter for every cell, which costs many times what they do.

Audit events, plans and imports come by the hundred thousand. On PostgreSQL the rows travel by
COPY; SQLite, which runs in this process, takes them as they are, by one statement repeated.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models

AT_ONCE = 2_000
Row = TypeVar("Row", bound=models.Model)
Conversion = Callable[[Any], Any]


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write the rows, in order, 2,000 a statement. Call inside the transaction.

    ``columns`` are column names; those left out take what the database has as default. Values
    are texts, numbers, truth values, None, aware instants, bytes, and objects for JSON columns.
    """
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    into = f"{connection.ops.quote_name(model._meta.db_table)} ({quoted})"
    conversions = _conversions(model, columns)
    write = _copy if connection.vendor == "postgresql" else _repeat
    remaining = iter(rows)
    while part := list(islice(remaining, AT_ONCE)):
        write(into, list(_converted(part, conversions)))


def insert_models(model: type[Row], rows: Iterable[Row]) -> None:
    """Write new objects, in order, by ``insert_rows``; they do not learn their keys."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    insert_rows(
        model,
        [str(field.column) for field in fields],
        ([field.pre_save(row, add=True) for field in fields] for row in rows),
    )


def _copy(into: str, rows: list[list[Any]]) -> None:
    """Send one COPY through whatever wraps the statements of this connection."""
    with connection.cursor() as cursor:
        send: Callable[..., None] = _send
        for wrapper in reversed(connection.execute_wrappers):
            send = partial(wrapper, send)
        context = {"connection": connection, "cursor": cursor}
        send(f"COPY {into} FROM STDIN", rows, True, context)


def _send(statement: str, rows: list[list[Any]], _: bool, context: Mapping[str, Any]) -> None:
    with connection.wrap_database_errors, context["cursor"].copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _repeat(into: str, rows: list[list[Any]]) -> None:
    places = ", ".join(["%s"] * (into.count(",") + 1))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {into} VALUES ({places})", rows)  # noqa: S608 - own names


def _converted(
    rows: Iterable[Sequence[Any]], conversions: Sequence[tuple[int, Conversion]]
) -> Iterator[list[Any]]:
    for row in rows:
        cells = list(row)
        for place, convert in conversions:
            if cells[place] is not None:
                cells[place] = convert(cells[place])
        yield cells


def _conversions(
    model: type[models.Model], columns: Sequence[str]
) -> tuple[tuple[int, Conversion], ...]:
    """Return the places of those columns whose values the driver does not take as they are."""
    fields = {field.column: field for field in model._meta.concrete_fields}
    adapt = connection.ops.adapt_datetimefield_value

    def instant(value: object) -> Any:
        if not isinstance(value, dt.datetime):
            raise TypeError(f"{type(value).__name__} is no instant.")
        return adapt(value)  # SQLite has one text for it

    kinds: dict[type[models.Field[Any, Any]], Conversion] = {
        models.JSONField: json.dumps,
        models.DateTimeField: instant,
        models.BinaryField: bytes,
    }
    return tuple(
        (place, convert)
        for place, column in enumerate(columns)
        for kind, convert in kinds.items()
        if isinstance(fields[column], kind)
    )
