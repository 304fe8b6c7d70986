"""Desks, people who are online, and sessions that wait."""

from __future__ import annotations

import datetime as dt
from typing import Any

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from assignment.models import Desk, Interpreter, Presence, Session, Team
from tests.factories.bookings import NOW
from tests.factories.people import InterpreterFactory, TeamFactory


class DeskFactory(DjangoModelFactory[Desk]):
    """The desk of a team, always open, in turn, two chats a person, 15 minutes a session."""

    class Meta:
        model = Desk

    team = SubFactory(TeamFactory)
    time_zone = "UTC"
    max_chats = 2


class SessionFactory(DjangoModelFactory[Session]):
    """A chat in Japanese and Thai that waits since NOW; give it a team."""

    class Meta:
        model = Session

    ref = Sequence(lambda n: f"S-{n:04}")
    channel = "chat"
    languages = "ja;th"
    requested_at = NOW


def online(team: Team, *, ref: str = "", since: dt.datetime = NOW, **fields: Any) -> Interpreter:
    """Somebody of this team who takes sessions since then."""
    named = {"ref": ref} if ref else {}
    most = fields.pop("max_chats", None)
    person: Interpreter = InterpreterFactory.create(team=team, **named, **fields)
    Presence.objects.create(interpreter=person, status="online", since=since, max_chats=most)
    return person


def times_of(state: str) -> dict[str, Any]:
    """The times that a session in this state has."""
    if state == "unassigned":
        return {}
    times: dict[str, dict[str, Any]] = {
        "assigned": {"assigned_at": NOW, "accept_by": NOW + dt.timedelta(minutes=1)},
        "accepted": {"assigned_at": NOW, "accepted_at": NOW},
        "resolved": {"resolved_at": NOW},
    }
    return times[state]
