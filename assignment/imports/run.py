"""One import from beginning to end: judge every line, then write all or nothing."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from assignment.audit import Actor, Entry, record
from assignment.errors import InputError
from assignment.imports.changes import Table, show
from assignment.imports.lines import judge
from assignment.imports.reading import Source
from assignment.imports.report import MOST_SHOWN, ErrorList, ImportReport, ShownChange

Progress = Callable[[int], object]
KEYS = "q"
"""Type code of an array of 64-bit primary keys: 8 bytes each, where a list takes 40."""


class _WrongLinesError(Exception):
    """Rolls the transaction back when a line has become wrong since it was judged."""


def judge_file(path: Path, table: Table[Any], *, progress: Progress | None = None) -> ImportReport:
    """Read the whole file and say what it would do; writes nothing.

    Raises InputError when there is no such file.
    """
    report, _ = _judge_all(Source(path, progress=progress), table)
    return report


def import_file(
    path: Path,
    table: Table[Any],
    *,
    actor: Actor,
    reason: str,
    expected_sha256: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Write all that the file says, or nothing: with errors the report tells which lines.

    Two passes over the file (``progress`` hears the bytes of both); memory does not grow
    with its length. Raises InputError when there is no such file, or when it is not the
    one with ``expected_sha256``.
    """
    source = Source(path, progress=progress)
    judged, to_lock = _judge_all(source, table)
    if judged.errors:
        return judged
    if expected_sha256 not in (None, judged.sha256):
        raise InputError("The file has changed since it was looked at: give it again.")
    errors = ErrorList()
    try:
        with transaction.atomic():
            table.lock(to_lock)
            return _write_all(source, table, judged, actor=actor, reason=reason, errors=errors)
    except _WrongLinesError:
        return _report(errors=errors, sha256=judged.sha256)


def _judge_all(source: Source, table: Table[Any]) -> tuple[ImportReport, array[int]]:
    """Return the report of a dry run, and the keys of the records that would change."""
    errors = ErrorList()
    created = unchanged = in_past = 0
    to_lock = array(KEYS)
    shown: list[ShownChange] = []
    for part in judge(source, table, errors=errors):
        unchanged += part.unchanged
        for change in part.changes:
            in_past += table.is_past(change.values)
            if change.known is None:
                created += 1
            else:
                to_lock.append(change.known.id)
            if len(shown) < MOST_SHOWN:
                shown.append(show(change))
    report = _report(
        created=created,
        updated=len(to_lock),
        unchanged=unchanged,
        in_past=in_past,
        errors=errors,
        shown=tuple(shown),
        sha256=source.sha256,
    )
    return report, to_lock


def _write_all(
    source: Source,
    table: Table[Any],
    judged: ImportReport,
    *,
    actor: Actor,
    reason: str,
    errors: ErrorList,
) -> ImportReport:
    """Write the changes chunk by chunk; the facts are read again, now that they are locked."""
    created, moved = array(KEYS), array(KEYS)
    updated = unchanged = teams = 0
    for part in judge(source, table, errors=errors):
        if errors:
            raise _WrongLinesError
        written = table.write(part.changes, actor=actor, reason=reason)
        created.extend(written.created_ids)
        moved.extend(written.moved_ids)
        updated += len(written.updated_ids)
        unchanged += part.unchanged
        teams += written.teams_created
    if errors:
        raise _WrongLinesError
    if source.sha256 != judged.sha256:
        raise InputError("The file changed while it was read: give it again.")
    counts = {"created": len(created), "updated": updated, "unchanged": unchanged}
    record([_event(table.name, judged.sha256, counts, reason=reason)], actor=actor)
    return _report(
        **counts,
        errors=errors,
        shown=judged.shown,
        sha256=judged.sha256,
        in_past=judged.in_past,
        teams_created=teams,
        created_ids=created,
        moved_ids=moved,
    )


def _event(name: str, sha256: str, counts: dict[str, int], *, reason: str) -> Entry:
    return Entry(
        action=f"import_{name}",
        object_type="import",
        object_ref=sha256,
        reason=reason,
        changes={**counts, "sha256": sha256},
    )


def _report(*, errors: ErrorList, sha256: str, **figures: Any) -> ImportReport:
    """Return a report; one with errors counts nothing, because nothing is written."""
    if errors:
        figures = {"shown": figures.get("shown", ())}
    return ImportReport(
        **{"created": 0, "updated": 0, "unchanged": 0, "shown": (), **figures},
        errors=tuple(errors.kept),
        more_errors=errors.more,
        sha256=sha256,
    )
