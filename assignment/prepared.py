"""Queries whose statement is made once in a process.

For what is asked all the time, or answers with thousands of rows: Django takes longer to make such
a statement and to convert its rows than PostgreSQL to answer it. SQLite is asked as ever, because
it knows no moments: Django has to convert them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

PROBE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The first moment that a statement is made with; each further one comes a hundred years later."""
CENTURY = dt.timedelta(days=36_500)
FARTHEST = dt.timedelta(days=3_650)


class _Moved(NamedTuple):
    """A place for one of the moments, and by how much it is moved there."""

    which: int
    by: dt.timedelta


class Prepared:
    """A query of columns at given moments, which may stand in it several times, moved by days.

    No other moment may stand in the query, and its columns must be such as the driver returns them.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._statement: tuple[str, tuple[Any, ...]] | None = None

    def rows(self, *moments: dt.datetime) -> list[Any]:
        """Return the rows of the query at these moments."""
        if connection.vendor != "postgresql":
            return list(self._make(*moments))
        try:
            sql, values = self._statement = self._statement or self._prepare(len(moments))
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                sql,
                [
                    moments[each.which] + each.by if isinstance(each, _Moved) else each
                    for each in values
                ],
            )
            return list(cursor.fetchall())

    def _prepare(self, count: int) -> tuple[str, tuple[Any, ...]]:
        """Return the statement, with places in its values where moments stand."""
        probes = [PROBE + place * CENTURY for place in range(count)]
        sql, values = self._make(*probes).query.sql_with_params()
        return sql, tuple(
            _place(each, probes) if isinstance(each, dt.datetime) else each for each in values
        )


def _place(moment: dt.datetime, probes: Sequence[dt.datetime]) -> _Moved:
    for which, probe in enumerate(probes):
        if abs(moment - probe) <= FARTHEST:
            return _Moved(which, moment - probe)
    raise ValueError("A prepared query names a moment of its own.")
