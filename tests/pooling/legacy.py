"""A legacy pool as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assignment.models import Booking
from tests.factories.bookings import NOW, BookingFactory, after
from tests.pooling.refusals import run

AT = f"--now={NOW.isoformat()}"


def entry(ref: str, **changes: Any) -> dict[str, Any]:
    """A sound entry: it came two days ago and must be decided in ten days."""
    return {
        "booking": ref,
        "pool_entry_time": "2026-11-21T13:00:00+07:00",
        "pool_deadline_time": "2026-12-03T06:00:00Z",
        "pool_status": "waiting",
        "pool_processing_attempts": 0,
    } | changes


def snapshot(folder: Path, *entries: Any) -> str:
    """The name of a file with these entries."""
    file = folder / "pool.json"
    file.write_text(json.dumps(entries), "utf-8")
    return str(file)


def hand_over(folder: Path, *entries: Any) -> tuple[int, Any]:
    """Exit code and answer of an import of these entries."""
    return run("import_pool_snapshot", snapshot(folder, *entries), AT)


def booking(ref: str, **fields: Any) -> Booking:
    """A booking in twenty days."""
    return BookingFactory.create(ref=ref, **{"starts_at": after(days=20)} | fields)
