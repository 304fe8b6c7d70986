"""Queries whose statement is made once in a process.

For what is asked all the time, or answers with thousands of rows: Django takes longer to make such
a statement and to convert its rows than PostgreSQL to answer it. SQLite is asked as ever, because
it knows no moments: Django has to convert them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

PROBE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The moment that a statement is made with."""
FARTHEST = dt.timedelta(days=3_660)


class Prepared:
    """A query of columns at one moment, which may stand in it several times, and moved by days.

    No other moment may stand in the query, and its columns must be such as the driver returns them.
    """

    def __init__(self, make: Callable[[dt.datetime], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._statement: tuple[str, list[Any]] | None = None

    def rows(self, moment: dt.datetime) -> list[Any]:
        """Return the rows of the query at this moment."""
        if connection.vendor != "postgresql":
            return list(self._make(moment))
        if self._statement is None:
            self._statement = self._prepare()
        sql, values = self._statement
        with connection.cursor() as cursor:
            cursor.execute(
                sql, [moment + each if isinstance(each, dt.timedelta) else each for each in values]
            )
            return list(cursor.fetchall())

    def _prepare(self) -> tuple[str, list[Any]]:
        """Return the statement, with the distance from the moment in place of each moment."""
        sql, values = self._make(PROBE).query.sql_with_params()
        places = [each - PROBE if isinstance(each, dt.datetime) else each for each in values]
        if any(isinstance(each, dt.timedelta) and abs(each) > FARTHEST for each in places):
            raise ValueError("A prepared query names a moment of its own.")
        return sql, places
