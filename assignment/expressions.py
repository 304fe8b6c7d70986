"""SQL expressions that both databases understand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler


@dataclass(frozen=True, kw_only=True)
class Sql:
    """A part of a statement, and the values for its places."""

    sql: str
    values: tuple[Any, ...]


class Seconds(Func):
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
        """Take the epoch of the interval."""
        start, end = self.source_expressions
        first, first_parameters = compiler.compile(start)
        last, last_parameters = compiler.compile(end)
        sql = f"CAST(EXTRACT(EPOCH FROM ({last} - {first})) AS bigint)"
        return sql, (*last_parameters, *first_parameters)


class Among(Func):
    """Whether a column of keys is one of these: for ``filter``, like ``in``.

    All keys travel as one parameter, so that the statement stays as short as it is for one: with a
    parameter a key its making costs more than its work. Nothing is asked when there are no keys.
    """

    output_field = BooleanField()

    def __init__(self, column: str, keys: Iterable[int]) -> None:
        super().__init__(F(column))
        self.keys = tuple(keys)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Look the column up in a JSON list."""
        sql, parameters = self._column(compiler)
        found = f"{sql} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a column alone
        return found, (*parameters, f"[{self._list()}]")

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        """Look the column up in an array."""
        sql, parameters = self._column(compiler)
        return f"{sql} = ANY(CAST(%s AS bigint[]))", (*parameters, f"{{{self._list()}}}")

    def _column(self, compiler: SQLCompiler) -> Any:
        if not self.keys:
            raise EmptyResultSet
        return compiler.compile(self.source_expressions[0])

    def _list(self) -> str:
        return ",".join(map(str, self.keys))
