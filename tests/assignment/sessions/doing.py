"""Asking for sessions, and looking what became of them."""

from __future__ import annotations

from assignment import sessions
from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Desk, Session
from tests.factories.bookings import NOW
from tests.factories.sessions import DeskFactory, online


def desk_with_two() -> Desk:
    """A desk with A and B online."""
    found: Desk = DeskFactory.create()
    online(found.team, ref="A")  # type: ignore[arg-type]
    online(found.team, ref="B")  # type: ignore[arg-type]
    return found


def requested(desk: Desk, ref: str = "s", *, channel: str = "chat", key: str = "") -> Session:
    """A session that was asked for now."""
    team = desk.team.ref if desk.team else ""
    values = sessions.SessionValues(ref=ref, channel=channel, languages="ja;th", team=team)
    sessions.request(values, now=NOW, actor=COMMAND, key=key)
    return Session.objects.get(ref=ref)


def holder(ref: str = "s") -> str:
    """Who has the session now."""
    row = Assignment.objects.filter(session__ref=ref, state="active").first()
    return row.interpreter.ref if row else ""


def actions(ref: str = "s") -> list[str]:
    """What the trail says of it, oldest first."""
    rows = AuditEvent.objects.filter(object_type="session", object_ref=ref).order_by("pk")
    return list(rows.values_list("action", flat=True))
