"""From the lines of a file to what they change, judged chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    for record in records:
        if len(record.cells) != len(columns):
            cells = "1 cell" if len(record.cells) == 1 else f"{len(record.cells)} cells"
            message = f"This line has {cells}, the header has {len(columns)}."
            wrong.append(LineError(line=record.line, column=WHOLE_LINE, message=message))
            continue
        line = _parse(record, columns, wrong=wrong)
        ref = line.values["ref"]
        if ref and (earlier := seen.earlier_line(ref, line=record.line)):
            message = f"{ref} stands on line {earlier} already: keep one of the two."
            wrong.append(LineError(line=record.line, column="ref", message=message))
        else:
            lines.append(line)
    return lines


def _parse(record: Record, columns: Sequence[Column], *, wrong: list[LineError]) -> Parsed:
    values: dict[str, Any] = {}
    unread: set[str] = set()
    for column, cell in zip(columns, record.cells, strict=True):
        try:
            values[column.field] = _read_cell(column, cell)
        except InputError as error:
            wrong.append(LineError(line=record.line, column=column.name, message=str(error)))
            values[column.field] = column.stand_in
            unread.add(column.field)
    return Parsed(line=record.line, values=values, unread=frozenset(unread))


def _read_cell(column: Column, cell: str) -> Any:
    if not cell and not column.required:
        return column.empty  # most cells of most files
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
    changes = []
    unchanged = 0
    for line in lines:
        stored = known.get(line.values["ref"])
        values = table.merge(line.values, stored)
        if _is_wrong(line, values, stored, table=table, wrong=wrong):
            continue
        fields = (
            changed_fields(table.columns, stored.values, values)
            if stored
            else tuple(column.field for column in table.columns)
        )
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
