"""What django-q2 calls for sessions: one verb, counts out."""

from __future__ import annotations

from django.utils import timezone

from assignment import sessions
from assignment.audit import SCHEDULE, new_correlation_id


def keep_sessions() -> dict[str, int]:
    """Take back what was not accepted, keep people, serve all queues; return the counts."""
    new_correlation_id()
    done = sessions.keep_up(now=timezone.now(), actor=SCHEDULE)
    return {"assigned": len(done.assigned), "left": done.left, "errors": len(done.errors)}
