"""Lists as CSV files, streamed, with the columns of the import."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from assignment.imports.export import booking_rows, interpreter_rows

BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def csv_response(rows: Iterable[list[str]], *, name: str) -> StreamingHttpResponse:
    """Return rows as a download that is made while it is sent."""
    return StreamingHttpResponse(
        _lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(rows: Iterable[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow(row)


@admin.action(description="Export as CSV", permissions=("view",))
def export_bookings(
    _: admin.ModelAdmin[Any], __: HttpRequest, queryset: QuerySet[Any]
) -> StreamingHttpResponse:
    """Download the chosen bookings, in a form that can be imported again."""
    return csv_response(booking_rows(queryset), name="bookings")


@admin.action(description="Export as CSV", permissions=("view",))
def export_interpreters(
    _: admin.ModelAdmin[Any], __: HttpRequest, queryset: QuerySet[Any]
) -> StreamingHttpResponse:
    """Download the chosen people, in a form that can be imported again."""
    return csv_response(interpreter_rows(queryset), name="interpreters")
