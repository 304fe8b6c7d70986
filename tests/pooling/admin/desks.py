"""A desk at work, its sessions, and coordinators who are limited to a team."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from assignment import sessions
from assignment.audit import COMMAND
from assignment.models import Desk, Session
from tests.factories.people import TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory, online
from tests.pooling.admin.people import client_of, in_hours


def desk_of_ann_and_bob() -> Desk:
    """A desk with Ann and Bob online."""
    found: Desk = DeskFactory.create(team=TeamFactory.create(ref="care", name="Care"))
    for ref, name in (("A", "Ann"), ("B", "Bob")):
        online(found.team, ref=ref, name=name, since=in_hours(-1))  # type: ignore[arg-type]
    return found


def waiting(desk: Desk, **fields: Any) -> Session:
    """A session of this desk that waits."""
    session: Session = SessionFactory.create(team=desk.team, requested_at=in_hours(-1), **fields)
    return session


def served(desk: Desk, **fields: Any) -> Session:
    """A session of this desk that Ann or Bob was given."""
    session = waiting(desk, **fields)
    sessions.drain(desk, now=timezone.now(), actor=COMMAND)
    session.refresh_from_db()
    return session


def limited_to(team: Any, *, role: str = "coordinator") -> Client:
    """A coordinator who is limited to a team."""
    client = client_of(role, name="limited")
    team.staff.add(User.objects.get(username="limited"))
    return client
