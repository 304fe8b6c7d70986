"""What an import says: counts, the first changes, and every bad line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_ERRORS = 1_000
MOST_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class LineError:
    """One wrong cell: line of the file (header = 1), column (empty = the whole line)."""

    line: int
    column: str
    message: str


@dataclass(kw_only=True)
class ErrorList:
    """The first 1,000 errors of a file, and how many more there are."""

    kept: list[LineError] = field(default_factory=list)
    more: int = 0

    def add(self, error: LineError) -> None:
        """Keep an error, or only count it when the list is full."""
        if len(self.kept) < MOST_ERRORS:
            self.kept.append(error)
        else:
            self.more += 1

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.kept)


@dataclass(frozen=True, kw_only=True)
class ShownValue:
    """One field of a change as text: what it was (empty for a new record) and will be."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ShownChange:
    """One of the first changes of a file, for a preview."""

    line: int
    ref: str
    is_new: bool
    values: tuple[ShownValue, ...]


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, or (dry run) would do. With errors nothing was written.

    ``in_past``: how many of the new and changed ones start in the past, and so get nobody.
    ``created_ids`` and ``moved_ids`` (known bookings or people whose new content matters
    to deciding) are primary keys; empty in a dry run. ``sha256`` is the file's.
    """

    created: int
    updated: int
    unchanged: int
    errors: tuple[LineError, ...]
    more_errors: int
    shown: tuple[ShownChange, ...]
    sha256: str
    in_past: int = 0
    teams_created: int = 0
    created_ids: Sequence[int] = ()
    moved_ids: Sequence[int] = ()

    @property
    def past_sentence(self) -> str:
        """Return what becomes of those in the past; empty when there are none."""
        if not self.in_past:
            return ""
        lie = "1 lies" if self.in_past == 1 else f"{self.in_past:,} lie"
        return f"{lie} in the past and will not be assigned."
