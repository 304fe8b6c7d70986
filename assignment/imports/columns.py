"""The columns of the two files, how each cell is read, and what a header may hold."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assignment.booking_rules import MOST_NEEDED
from assignment.command import parse_instant
from assignment.errors import InputError
from assignment.field_rules import canonical_languages, shown
from assignment.imports.report import LineError
from assignment.models.fields import join_tags, split_tags

NUMBER = re.compile(r"[0-9]{1,6}")
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
HEADER_LINE = 1
FULL = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name in the file, the field it sets, how a cell becomes a value.

    ``read`` raises InputError. An empty cell of an optional column sets ``empty``; an
    empty cell of a required one is read like any other. ``stand_in`` takes the place of a
    cell that could not be read, so that the other cells of the line can be judged.
    ``form`` tells people what to write, ``example`` is such a cell.
    """

    name: str
    field: str
    read: Callable[[str], Any]
    empty: Any = ""
    stand_in: Any = ""
    required: bool = False
    form: str = ""
    example: str = ""


def read_text(cell: str) -> str:
    """Return the text as it stands."""
    return cell


def read_instant(cell: str) -> dt.datetime | None:
    """Return an instant with offset in UTC; None for an empty cell."""
    return parse_instant(cell) if cell else None


def read_number(cell: str) -> int:
    """Return a whole number written in digits."""
    if not NUMBER.fullmatch(cell):
        raise InputError(f"“{shown(cell)}” is no whole number.")
    return int(cell)


def read_decimal(cell: str) -> Decimal:
    """Return a number such as 0.8; no exponent, no words."""
    if not DECIMAL.fullmatch(cell):
        raise InputError(f"“{shown(cell)}” is no number: write such as 1 or 0.8.")
    return Decimal(cell)


def read_truth(cell: str) -> bool:
    """Return true for true, yes, 1 and false for false, no, 0, in any case."""
    if cell.lower() in TRUE:
        return True
    if cell.lower() in FALSE:
        return False
    raise InputError(f"“{shown(cell)}” is neither true nor false: write true or false.")


BOOKING_COLUMNS = (
    Column(
        name="ref",
        field="ref",
        read=read_text,
        required=True,
        form="letters, digits and . _ : / -",
        example="B-1001",
    ),
    Column(
        name="title",
        field="title",
        read=read_text,
        required=True,
        form="text",
        example="Budget talks",
    ),
    Column(
        name="meeting_type",
        field="meeting_type",
        read=read_text,
        required=True,
        form="DR, VIP, Weekly, General, Urgent or Other",
        example="General",
    ),
    Column(
        name="dr_type",
        field="dr_type",
        read=read_text,
        form="for DR only: PR-PR, DR-k, DR-II, DR-I or Other",
    ),
    Column(name="other_type", field="other_type", read=read_text, form="text, for the type Other"),
    Column(
        name="starts_at",
        field="starts_at",
        read=read_instant,
        required=True,
        stand_in=None,
        form="day and time with offset: 2027-03-01T09:00:00Z or …+07:00",
    ),
    Column(
        name="ends_at",
        field="ends_at",
        read=read_instant,
        required=True,
        stand_in=None,
        form="the same; at most 24 hours later",
    ),
    Column(
        name="languages",
        field="languages",
        read=canonical_languages,
        required=True,
        form="tags with ; between: ja;th, or a pair ja>th where the direction matters",
        example="ja;th",
    ),
    Column(
        name="skills",
        field="skills",
        read=lambda cell: join_tags(cell.split(";")),
        form="tags with ; between",
    ),
    Column(name="team", field="team", read=read_text, form="ref of a team; empty = any"),
    Column(name="owner", field="owner", read=read_text, form="text", example="Port authority"),
    Column(name="group", field="group", read=read_text, form="text"),
    Column(name="room", field="room", read=read_text, form="text", example="Room 2.11"),
    Column(
        name="interpreters_needed",
        field="interpreters_needed",
        read=read_number,
        empty=1,
        stand_in=MOST_NEEDED,
        form="a whole number; empty = 1",
        example="1",
    ),
    Column(
        name="preferred",
        field="preferred",
        read=split_tags,
        empty=(),
        stand_in=(),
        form="refs of interpreters with ; between",
    ),
    Column(
        name="excluded", field="excluded", read=split_tags, empty=(), stand_in=(), form="the same"
    ),
    Column(name="pinned", field="pinned", read=split_tags, empty=(), stand_in=(), form="the same"),
)
INTERPRETER_COLUMNS = (
    Column(
        name="ref",
        field="ref",
        read=read_text,
        required=True,
        form="letters, digits and . _ : / -",
        example="IN-1001",
    ),
    Column(
        name="name", field="name", read=read_text, required=True, form="text", example="Aiko Mori"
    ),
    Column(name="email", field="email", read=read_text, form="address", example="aiko@example.org"),
    Column(name="phone", field="phone", read=read_text, form="text"),
    Column(name="team", field="team", read=read_text, form="ref of a team; an unknown one is made"),
    Column(
        name="languages",
        field="languages",
        read=canonical_languages,
        required=True,
        form="tags with ; between: ja;th, or a pair ja>th for one direction",
        example="ja;th",
    ),
    Column(
        name="skills",
        field="skills",
        read=lambda cell: join_tags(cell.split(";")),
        form="tags with ; between",
    ),
    Column(
        name="weight",
        field="weight",
        read=read_decimal,
        empty=FULL,
        stand_in=FULL,
        form="a number such as 0.8; empty = 1",
        example="1",
    ),
    Column(
        name="hours",
        field="hours",
        read=read_text,
        form="such as Mon-Fri 08:00-17:00;Sat 09:00-12:00; empty = always",
        example="Mon-Fri 08:00-17:00",
    ),
    Column(
        name="timezone",
        field="time_zone",
        read=read_text,
        form="such as Europe/Paris; empty = that of the team",
        example="Europe/Paris",
    ),
    Column(
        name="active",
        field="active",
        read=read_truth,
        empty=True,
        stand_in=True,
        form="true or false; empty = true",
        example="true",
    ),
)


def match_header(
    cells: Sequence[str], columns: Sequence[Column]
) -> tuple[tuple[Column, ...], tuple[LineError, ...]]:
    """Return the columns in the order of the header, or what is wrong with the header."""
    names = [cell.strip() for cell in cells]
    if len(names) == 1 and ";" in names[0]:
        return (), (_header_error("", "Separate the columns with commas, not semicolons."),)
    known = {column.name: column for column in columns}
    errors = []
    for place, name in enumerate(names, start=1):
        if not name:
            errors.append(_header_error("", f"Column {place} has no name."))
        elif name not in known:
            choices = ", ".join(known)
            message = f"There is no column “{shown(name)}”: use {choices}."
            errors.append(_header_error(shown(name), message))
        elif name in names[: place - 1]:
            errors.append(_header_error(name, f"The column “{name}” stands twice."))
    errors.extend(
        _header_error(column.name, f"The column “{column.name}” is missing.")
        for column in columns
        if column.required and column.name not in names
    )
    return (() if errors else tuple(known[name] for name in names)), tuple(errors)


def _header_error(column: str, message: str) -> LineError:
    return LineError(line=HEADER_LINE, column=column, message=message)
