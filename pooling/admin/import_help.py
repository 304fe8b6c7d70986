"""What the import pages tell: how a file looks, what it would change, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assignment.command import instant_text, parse_instant
from assignment.imports.columns import Column, read_instant
from assignment.imports.report import ImportReport, ShownChange
from assignment.models import Booking, Interpreter
from pooling.admin.cells import link, moment

MOST_LINKED = 5


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """One cell of a change as the page shows it, under the name of its column."""

    column: str
    before: SafeString | str
    after: SafeString | str


def sample_rows(columns: Sequence[Column], *, now: dt.datetime) -> Iterator[list[str]]:
    """Yield a header and one line that can be imported: its meeting is in five weeks."""
    day = now.astimezone(dt.UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    starts_at = day + dt.timedelta(weeks=5)
    times = {"starts_at": starts_at, "ends_at": starts_at + dt.timedelta(hours=2)}
    yield [column.name for column in columns]
    yield [instant_text(times.get(column.name)) or column.example for column in columns]


def shown_changes(
    report: ImportReport, columns: Sequence[Column]
) -> list[tuple[ShownChange, list[ShownCell]]]:
    """Return the changes with their cells: what a new record gets, what a known one changes."""
    by_field = {column.field: column for column in columns}
    return [
        (
            change,
            [
                ShownCell(
                    column=by_field[value.field].name,
                    before=_cell(value.before, by_field[value.field]),
                    after=_cell(value.after, by_field[value.field]),
                )
                for value in change.values
                if not change.is_new or (value.after and value.field != "ref")
            ],
        )
        for change in report.shown
    ]


def told(report: ImportReport, model: type[Booking] | type[Interpreter]) -> SafeString:
    """Return what an import did, with links to the first new rows, and what happens next."""
    new = model._default_manager.in_bulk(list(report.created_ids[:MOST_LINKED])).values()
    links = format_html_join(", ", "{}", ((link(row, row.ref),) for row in new))
    more = len(report.created_ids) - len(new)
    return format_html(
        "Imported: {} new, {} changed, {} unchanged.{}{}{}",
        report.created,
        report.updated,
        report.unchanged,
        format_html(" New: {}{}.", links, f" and {more:,} more" if more else "") if new else "",
        " What is due is decided within a minute." if model is Booking and new else "",
        _teams(report.teams_created),
    )


def _teams(count: int) -> str:
    if not count:
        return ""
    made = "1 team was made: check its time zone" if count == 1 else ""
    return f" {made or f'{count} teams were made: check their time zones'}."


def _cell(text: str, column: Column) -> SafeString | str:
    is_instant = column.read is read_instant and text
    return moment(parse_instant(text)) if is_instant else text
