"""SQL expressions that both databases understand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, F, Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler


@dataclass(frozen=True, kw_only=True)
class Sql:
    """A part of a statement, and the values for its places."""

    sql: str
    values: tuple[Any, ...]


class Integer(Func):
    """An expression whose numbers come from the database as they should be."""

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        """Convert nothing: for thousands of rows that costs more than reading them."""
        return []


class Seconds(Integer):
    """Whole seconds from the first instant to the second."""

    arity = 2
    output_field = IntegerField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Subtract Julian days; a day has 86,400 seconds."""
        start, end = self.source_expressions
        first, first_parameters = compiler.compile(start)
        last, last_parameters = compiler.compile(end)
        sql = f"CAST(ROUND((julianday({last}) - julianday({first})) * 86400) AS INTEGER)"
        return sql, (*last_parameters, *first_parameters)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Take the epoch of the interval; integers and floats are summed faster than numerics."""
        start, end = self.source_expressions
        first, first_parameters = compiler.compile(start)
        last, last_parameters = compiler.compile(end)
        sql = f"CAST(date_part('epoch', {last} - {first}) AS integer)"
        return sql, (*last_parameters, *first_parameters)


class Microseconds(Integer):
    """Microseconds from 1970 to an instant: a number is read many times faster than an instant."""

    arity = 1
    output_field = BigIntegerField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Take the seconds, and the digits that may stand behind them."""
        sql, parameters = compiler.compile(self.source_expressions[0])
        seconds = f"CAST(strftime('%%s', substr({sql}, 1, 19)) AS INTEGER)"
        fraction = f"CAST(substr(substr({sql}, 21) || '000000', 1, 6) AS INTEGER)"
        return f"({seconds} * 1000000 + {fraction})", (*parameters, *parameters)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Take the epoch, which has six digits behind the point."""
        sql, parameters = compiler.compile(self.source_expressions[0])
        return f"CAST(EXTRACT(EPOCH FROM {sql}) * 1000000 AS bigint)", parameters


class Among(Func):
    """Whether a column is one of these keys, numbers or texts: for ``filter``, like ``in``.

    All keys travel as one parameter, so that the statement stays as short as it is for one: with a
    parameter a key its making costs more than its work. Nothing is asked when there are no keys.
    """

    output_field = BooleanField()

    def __init__(self, column: str, keys: Iterable[int] | Iterable[str]) -> None:
        super().__init__(F(column))
        self.keys: list[int] | list[str] = list(keys)  # type: ignore[assignment]

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Look the column up in a JSON list."""
        sql, parameters = self._column(compiler)
        found = f"{sql} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a column alone
        return found, (*parameters, json.dumps(self.keys, separators=(",", ":")))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Look the column up in an array."""
        sql, parameters = self._column(compiler)
        kind = "text" if isinstance(self.keys[0], str) else "bigint"
        return f"{sql} = ANY(CAST(%s AS {kind}[]))", (*parameters, self.keys)

    def _column(self, compiler: SQLCompiler) -> Any:
        if not self.keys:
            raise EmptyResultSet
        return compiler.compile(self.source_expressions[0])
