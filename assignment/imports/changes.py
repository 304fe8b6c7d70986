"""What a file changes: records of values compared with what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from assignment.audit import Actor
from assignment.field_rules import Finding
from assignment.imports.columns import Column
from assignment.imports.report import ShownChange, ShownValue

Values = TypeVar("Values")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known(Generic[Values]):
    """A stored record: its key, its values, its version.

    ``refusal`` says why it may not change now: a closed one not at all, another one not
    in what a decision relies on.
    """

    id: int
    values: Values
    version: int = 0
    refusal: str = ""
    is_closed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Change(Generic[Values]):
    """One line that changes something: a new record, or fields of a known one."""

    line: int
    values: Values
    known: Known[Values] | None
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Written:
    """Primary keys of what was written, and how many teams were made on the way."""

    created_ids: tuple[int, ...]
    updated_ids: tuple[int, ...]
    moved_ids: tuple[int, ...] = ()
    teams_created: int = 0


class Table(Protocol[Values]):
    """One kind of record that can be imported."""

    name: str
    columns: Sequence[Column]

    def known(self, refs: Iterable[str]) -> Mapping[str, Known[Values]]:
        """Return the stored records of these refs."""

    def merge(self, parsed: Mapping[str, Any], known: Known[Values] | None) -> Values:
        """Return the record that the line asks for: its cells over what is stored."""

    def findings(self, values: Values, known: Known[Values] | None) -> Iterable[Finding]:
        """Return what is wrong with the record, unknown refs included."""

    def is_past(self, values: Values) -> bool:
        """Tell whether the record is of something that has begun already."""

    def lock(self, ids: Sequence[int]) -> None:
        """Write: lock the records that will change, in ascending key."""

    def write(self, changes: Sequence[Change[Values]], *, actor: Actor, reason: str) -> Written:
        """Write the changes and their audit events; call inside the transaction."""


def changed_fields(columns: Sequence[Column], before: Any, after: Any) -> tuple[str, ...]:
    """Return the fields in which two records differ, in the order of the columns."""
    return tuple(
        column.field
        for column in columns
        if getattr(before, column.field) != getattr(after, column.field)
    )


def show(change: Change[Any]) -> ShownChange:
    """Return a change as texts for a preview."""
    before = change.known.values if change.known else None
    return ShownChange(
        line=change.line,
        ref=change.values.ref,
        is_new=before is None,
        values=tuple(
            ShownValue(
                field=field,
                before=cell_text(getattr(before, field)) if before else "",
                after=cell_text(getattr(change.values, field)),
            )
            for field in change.fields
        ),
    )


def cell_text(value: Any) -> str:
    """Return a value as a cell of the file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ";".join(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
