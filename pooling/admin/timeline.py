"""What happened to one thing, as its page lists it."""

from __future__ import annotations

from typing import Any

from assignment.models import AuditEvent

TIMELINE = 100
"""Events, or messages, that a page lists."""


def timeline_of(object_type: str, ref: str) -> dict[str, Any]:
    """Return the latest events of a thing, and whether there are earlier ones: one query."""
    events = AuditEvent.objects.filter(object_type=object_type, object_ref=ref)
    found = list(events[: TIMELINE + 1])
    return {"timeline": found[:TIMELINE], "earlier": len(found) > TIMELINE}
