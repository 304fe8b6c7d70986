"""The entries of a legacy pool as a JSON file gives them, each judged by itself. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assignment.command import instant_text, parse_instant
from assignment.enums import PoolStatus
from assignment.errors import InputError
from assignment.field_rules import shown
from assignment.validators import REF

MOST_BYTES = 100_000_000
MOST_ATTEMPTS = 100
KEYS = (
    "booking",
    "pool_entry_time",
    "pool_deadline_time",
    "pool_status",
    "pool_processing_attempts",
)


@dataclass(frozen=True, kw_only=True)
class SnapshotError:
    """What is wrong with one entry; ``index`` counts from 0, as in the file."""

    index: int
    booking: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SnapshotEntry:
    """One sound entry; an entry that was being processed is ready, for its worker is gone."""

    index: int
    booking: str
    entered: dt.datetime
    deadline: dt.datetime
    said: str
    attempts: int

    @property
    def status(self) -> PoolStatus:
        """The state in which it is handed over."""
        status = PoolStatus(self.said)
        return PoolStatus.READY if status == PoolStatus.PROCESSING else status

    @property
    def source(self) -> dict[str, Any]:
        """The entry in canonical form; equal for equal entries, however they were written."""
        return {
            "pool_entry_time": instant_text(self.entered),
            "pool_deadline_time": instant_text(self.deadline),
            "pool_status": self.said,
            "pool_processing_attempts": self.attempts,
        }


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The sound entries of a file in its order, its errors, and its digest."""

    entries: tuple[SnapshotEntry, ...]
    errors: tuple[SnapshotError, ...]
    sha256: str


def read_snapshot_file(path: Path, *, now: dt.datetime) -> Snapshot:
    """Return the entries of a file; raises InputError when it is no JSON list."""
    content = _content(path)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is no JSON in UTF-8: export it again.") from error
    if not isinstance(document, list):
        raise InputError(f"{path.name} must hold a list of entries: [ {{…}}, {{…}} ].")
    entries, errors = _judged(document, now=now)
    return Snapshot(entries=entries, errors=errors, sha256=hashlib.sha256(content).hexdigest())


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a pipe or a device has no end
            raise InputError(f"{path.name} is no ordinary file: name a JSON file.")
        if path.stat().st_size > MOST_BYTES:
            raise InputError("The file is larger than 100 MB: split it into several files.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error


def _judged(
    document: list[Any], *, now: dt.datetime
) -> tuple[tuple[SnapshotEntry, ...], tuple[SnapshotError, ...]]:
    entries: list[SnapshotEntry] = []
    errors: list[SnapshotError] = []
    first: dict[str, int] = {}
    for index, item in enumerate(document):
        ref = item.get("booking") if isinstance(item, dict) else None
        problems = list(_problems(item, now=now))
        if isinstance(ref, str) and first.setdefault(ref, index) != index:
            problems.append(f"Entry {first[ref]} is for the same booking: keep one of the two.")
        label = shown(ref) if isinstance(ref, str) else ""
        errors += [SnapshotError(index=index, booking=label, reason=text) for text in problems]
        if not problems:
            entries.append(_entry(item, index=index))
    return tuple(entries), tuple(errors)


def _problems(item: Any, *, now: dt.datetime) -> Iterator[str]:
    """Yield what is wrong with an entry, whatever is in the database."""
    if not isinstance(item, dict):
        yield f"An entry is an object with the keys {', '.join(KEYS)}."
        return
    missing = [key for key in KEYS if key not in item]
    unknown = [shown(key) for key in sorted(item.keys() - set(KEYS))]
    if missing:
        yield f"Add {', '.join(missing)}."
    if unknown:
        yield f"Leave out {', '.join(unknown[:5])}: an entry has the keys {', '.join(KEYS)}."
    if missing or unknown:
        return
    ref = item["booking"]
    if not isinstance(ref, str) or not REF.fullmatch(ref) or len(ref) > 64:
        yield "“booking” must be the ref of a booking."
    if item["pool_status"] not in PoolStatus.values:
        yield f"“pool_status” must be one of {', '.join(PoolStatus.values)}."
    attempts = item["pool_processing_attempts"]
    if type(attempts) is not int or not 0 <= attempts <= MOST_ATTEMPTS:
        yield f"“pool_processing_attempts” must be a whole number from 0 to {MOST_ATTEMPTS}."
    yield from _time_problems(item, now=now)


def _time_problems(item: Mapping[str, Any], *, now: dt.datetime) -> Iterator[str]:
    for key in ("pool_entry_time", "pool_deadline_time"):
        try:
            instant = _instant(item[key])
        except InputError as error:
            yield f"“{key}”: {error}"
            continue
        if key == "pool_entry_time" and instant > now:
            yield "“pool_entry_time” lies in the future: check the clock of the legacy program."


def _entry(item: Mapping[str, Any], *, index: int) -> SnapshotEntry:
    return SnapshotEntry(
        index=index,
        booking=item["booking"],
        entered=_instant(item["pool_entry_time"]),
        deadline=_instant(item["pool_deadline_time"]),
        said=item["pool_status"],
        attempts=item["pool_processing_attempts"],
    )


def _instant(value: Any) -> dt.datetime:
    if not isinstance(value, str) or not value:
        raise InputError("write an instant such as 2026-11-23T06:00:00+00:00.")
    return parse_instant(value)
