"""Noting that people became able to do more, for the next tick to act on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from assignment.models import AvailabilityChange

Span = tuple[int, dt.datetime | None, dt.datetime | None]


def note_available(spans: Iterable[Span], *, reason: str) -> None:
    """Write, in the caller's transaction: these people can do more in [start, end).

    ``spans`` holds (interpreter id, start, end); None = without limit.
    """
    AvailabilityChange.objects.bulk_create(
        [
            AvailabilityChange(
                interpreter_id=person_id, starts_at=start, ends_at=end, reason=reason
            )
            for person_id, start, end in spans
        ],
        batch_size=500,
    )
