"""SQL expressions that both databases understand."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler


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
