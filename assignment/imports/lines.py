"""From the lines of a file to what they change, judged chunk by chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic

from assignment.errors import InputError
from assignment.field_rules import plain_message
from assignment.imports.changes import Change, Known, Table, Values, changed_fields
from assignment.imports.columns import Column, match_header
from assignment.imports.reading import Record, Source, UnreadableError
from assignment.imports.report import ErrorList, LineError
from assignment.imports.seen import SeenRefs
from assignment.imports.spreadsheet import restore

AT_ONCE = 1_000
WHOLE_LINE = ""


@dataclass(frozen=True, kw_only=True)
class Judged(Generic[Values]):
    """What one chunk of lines changes, and how many of its lines change nothing."""

    changes: tuple[Change[Values], ...]
    unchanged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """One line as values by field; ``unread`` are the fields whose cells were refused."""

    line: int
    values: Mapping[str, Any]
    unread: frozenset[str]


def judge(source: Source, table: Table[Values], *, errors: ErrorList) -> Iterator[Judged[Values]]:
    """Yield what the file changes, 1,000 lines at a time; wrong lines go to ``errors``.

    Reads the database (two queries a chunk), writes nothing. Raises InputError when there
    is no such file.
    """
    last: list[LineError] = []
    records = _readable(source, last)
    columns: tuple[Column, ...] = ()
    if header := next(records, None):
        columns, problems = match_header(header.cells, table.columns)
        last.extend(problems)
    with SeenRefs() as seen:
        while columns and (chunk := list(islice(records, AT_ONCE))):
            wrong: list[LineError] = []
            lines = _parse_lines(chunk, columns, seen=seen, wrong=wrong)
            judged = _compare(lines, table, wrong=wrong)
            for error in _in_order(wrong, table.columns):
                errors.add(error)
            yield judged
    for error in last:
        errors.add(error)


def _readable(source: Source, last: list[LineError]) -> Iterator[Record]:
    try:
        yield from source.records()
    except UnreadableError as error:
        message = f"{error} Nothing from here on was read."
        last.append(LineError(line=error.line, column=WHOLE_LINE, message=message))


def _in_order(wrong: list[LineError], columns: Sequence[Column]) -> list[LineError]:
    """Sort errors by line, then as the columns stand in the documentation."""
    places = {column.name: place for place, column in enumerate(columns)}
    return sorted(wrong, key=lambda error: (error.line, places.get(error.column, -1)))


def _parse_lines(
    records: Sequence[Record], columns: Sequence[Column], *, seen: SeenRefs, wrong: list[LineError]
) -> list[Parsed]:
    lines = []
    for line in _parse(_whole(records, len(columns), wrong=wrong), columns, wrong=wrong):
        ref = line.values["ref"]
        if ref and (earlier := seen.earlier_line(ref, line=line.line)):
            message = f"{ref} stands on line {earlier} already: keep one of the two."
            wrong.append(LineError(line=line.line, column="ref", message=message))
        else:
            lines.append(line)
    return lines


def _whole(records: Sequence[Record], count: int, *, wrong: list[LineError]) -> list[Record]:
    """Return the records that have as many cells as the header."""
    for record in records:
        if len(record.cells) != count:
            cells = "1 cell" if len(record.cells) == 1 else f"{len(record.cells)} cells"
            message = f"This line has {cells}, the header has {count}."
            wrong.append(LineError(line=record.line, column=WHOLE_LINE, message=message))
    return [record for record in records if len(record.cells) == count]


def _parse(
    records: Sequence[Record], columns: Sequence[Column], *, wrong: list[LineError]
) -> Iterator[Parsed]:
    """Yield the lines as values, read column by column: most cells of a file repeat others."""
    unread: dict[int, set[str]] = defaultdict(set)
    read: list[Iterable[Any]] = []
    for column, cells in zip(
        columns, zip(*(row.cells for row in records), strict=True), strict=False
    ):
        known, refused = _read_cells(column, set(cells))
        read.append(map(known.__getitem__, cells))
        for record, cell in zip(records, cells, strict=True) if refused else ():
            if cell in refused:
                error = LineError(line=record.line, column=column.name, message=refused[cell])
                wrong.append(error)
                unread[record.line].add(column.field)
    fields = [column.field for column in columns]
    for record, values in zip(records, zip(*read, strict=True), strict=True):
        yield Parsed(
            line=record.line,
            values=dict(zip(fields, values, strict=True)),
            unread=frozenset(unread.get(record.line, ())),
        )


def _read_cells(column: Column, cells: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the value of each cell, and what is wrong with those that were refused."""
    known: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for cell in cells:
        try:
            known[cell] = _read_cell(column, cell)
        except InputError as error:
            known[cell], refused[cell] = column.stand_in, str(error)
    return known, refused


def _read_cell(column: Column, cell: str) -> Any:
    if message := plain_message(cell):
        raise InputError(message)
    text = restore(cell.strip())
    if not text and not column.required:
        return column.empty
    return column.read(text)


def _compare(
    lines: Sequence[Parsed], table: Table[Values], *, wrong: list[LineError]
) -> Judged[Values]:
    known = table.known(line.values["ref"] for line in lines)
    everything = tuple(column.field for column in table.columns)
    changes = []
    unchanged = 0
    for line in lines:
        stored = known.get(line.values["ref"])
        values = table.merge(line.values, stored)
        if _is_wrong(line, values, stored, table=table, wrong=wrong):
            continue
        fields = changed_fields(table.columns, stored.values, values) if stored else everything
        if fields:
            changes.append(Change(line=line.line, values=values, known=stored, fields=fields))
        else:
            unchanged += 1
    return Judged(changes=tuple(changes), unchanged=unchanged)


def _is_wrong(
    line: Parsed,
    values: Values,
    stored: Known[Values] | None,
    *,
    table: Table[Values],
    wrong: list[LineError],
) -> bool:
    """Add what is wrong with the line; tell whether anything is."""
    findings = [
        finding for finding in table.findings(values, stored) if finding.field not in line.unread
    ]
    if findings:
        names = {column.field: column.name for column in table.columns}
        wrong.extend(
            LineError(line=line.line, column=names[finding.field], message=finding.message)
            for finding in findings
        )
    return bool(findings or line.unread)
