"""Inserting many rows at the cost that the database itself needs for them.

A statement with a parameter for every cell costs many times that; audit events, plans and imports
come by the hundred thousand. On PostgreSQL the rows travel by COPY; SQLite, which runs in this
process, takes them as they are, by one statement repeated.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

AT_ONCE = 2_000
Conversion = Callable[[Any], Any]


def insert_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write the rows, in order, 2,000 a statement. Call inside the transaction.

    ``columns`` are column names; those left out take what the database has as default. Values
    are texts, numbers, truth values, None, aware instants, bytes, and objects for JSON columns.
    """
    write = _copy if connection.vendor == "postgresql" else _repeat
    for part in _converted_parts(model, columns, rows):
        write(_target(model, columns), part)


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

    The key is the first of ``columns``; no two rows have the same. Call inside the transaction.
    """
    quote = connection.ops.quote_name
    news = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in columns[1:])
    ending = f"ON CONFLICT ({quote(columns[0])}) DO UPDATE SET {news}"
    target = _target(model, columns)
    for part in _converted_parts(model, columns, rows):
        if connection.vendor != "postgresql":
            _repeat(target, part, ending=ending)
            continue
        fields = {field.column: field for field in model._meta.concrete_fields}
        arrays = ", ".join(f"%s::{fields[name].db_type(connection)}[]" for name in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {target} SELECT * FROM unnest({arrays}) {ending}",  # noqa: S608 - own names
                [list(cells) for cells in zip(*part, strict=True)],
            )


def _default(field: models.Field[Any, Any]) -> Any:
    is_stamp = isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add)
    return timezone.now() if is_stamp else field.get_default()


def _target(model: type[models.Model], columns: Sequence[str]) -> str:
    """Return the table with these columns, quoted."""
    quote = connection.ops.quote_name
    return f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"


def _copy(target: str, rows: list[list[Any]]) -> None:
    """Send one COPY through whatever wraps the statements of this connection, as Django does."""
    with connection.cursor() as cursor:
        send: Callable[..., None] = _send
        for wrapper in reversed(connection.execute_wrappers):
            send = partial(wrapper, send)
        context = {"connection": connection, "cursor": cursor}
        send(f"COPY {target} FROM STDIN", rows, True, context)


def _send(statement: str, rows: list[list[Any]], _: bool, context: Mapping[str, Any]) -> None:
    with connection.wrap_database_errors, context["cursor"].copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _repeat(target: str, rows: list[list[Any]], *, ending: str = "") -> None:
    places = ", ".join(["%s"] * len(rows[0]))
    statement = f"INSERT INTO {target} VALUES ({places}) {ending}"  # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _converted_parts(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[list[list[Any]]]:
    """Yield 2,000 rows at once, as the driver takes them."""
    conversions = _conversions(model, columns)
    remaining = iter(rows)
    while part := [list(row) for row in islice(remaining, AT_ONCE)]:
        for cells in part:
            for place, convert in conversions:
                if cells[place] is not None:
                    cells[place] = convert(cells[place])
        yield part


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
