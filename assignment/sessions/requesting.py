"""A session begins: somebody needs an interpreter now."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError

from assignment.audit import Actor, Entry, record
from assignment.engine.sessions.loading import Asked
from assignment.enums import SessionState
from assignment.errors import InputError
from assignment.field_rules import canonical_languages
from assignment.models import Session, Team, Tenant
from assignment.sessions.draining import asked_desks, drain_later
from assignment.sessions.once import Message, Result, once

Owner = TypeVar("Owner", Team, Tenant)


@dataclass(frozen=True, kw_only=True)
class SessionValues:
    """What is asked for; ``team`` and ``tenant`` as refs, at least one of them."""

    ref: str
    channel: str
    languages: str
    team: str = ""
    tenant: str = ""
    skills: str = ""
    requester: str = ""
    contact: str = ""
    priority: int = 5


def request(values: SessionValues, *, now: dt.datetime, actor: Actor, key: str = "") -> Result:
    """Write: the session enters the queue of its desk, which is served once that is committed.

    Raises InputError with one sentence for what is wrong; nothing is written then.
    """
    session = new_session(values, now=now)

    def verb() -> Result:
        return enter(session, now=now, actor=actor)

    message = Message(
        kind="session_request",
        payload=asdict(values),
        now=now,
        actor=actor,
        reason="An interpreter is needed now.",
        key=key,
    )
    return once(message, verb)


def enter(session: Session, *, now: dt.datetime, actor: Actor) -> Result:
    """Write, in the caller's transaction: a valid new session, its audit event, its service."""
    if Session.objects.filter(ref=session.ref).exists():
        raise InputError(f"The ref {session.ref} is taken: choose another one.")
    session.requested_at = now
    session.pk = None
    session.save(force_insert=True)
    entry = Entry(
        action="session_request",
        object_type="session",
        object_ref=session.ref,
        to_state=SessionState.UNASSIGNED,
        reason=f"An interpreter is needed now ({session.channel}).",
    )
    record([entry], actor=actor)
    desks, asked = asked_desks(session, Asked(caller="request"))
    drain_later(desks, now=now, actor=actor, asked=asked)
    return {"session": session.ref}


def new_session(values: SessionValues, *, now: dt.datetime) -> Session:
    """Return the session of these values; raises InputError for what is wrong."""
    team = _known(Team, values.team, "team")
    tenant = _known(Tenant, values.tenant, "tenant")
    try:
        session = Session(
            ref=values.ref,
            team=team,
            tenant=tenant or (team.tenant if team else None),
            channel=values.channel,
            languages=canonical_languages(values.languages),
            skills=values.skills,
            requester=values.requester,
            contact=values.contact,
            priority=values.priority,
            requested_at=now,
        )
        require_together(session)
        session.full_clean(exclude=("requested_at",), validate_unique=False)
    except ValidationError as error:
        raise InputError(" ".join(error.messages)) from error
    return session


def require_together(session: Session) -> None:
    """Raise ValidationError unless the team belongs to the tenant."""
    if session.team is None and session.tenant is None:
        raise ValidationError("Name a team or a tenant: the session comes to its desk.")
    team, tenant = session.team, session.tenant
    if team is not None and tenant is not None and team.tenant_id != tenant.pk:
        raise ValidationError(
            f"Team {team.ref} does not belong to tenant {tenant.ref}: choose one that does."
        )


def _known(kind: type[Owner], ref: str, word: str) -> Owner | None:
    if not ref:
        return None
    found = kind._default_manager.filter(ref=ref).first()
    if found is None:
        raise InputError(f"There is no {word} “{ref[:40]}”: write the ref of one that exists.")
    return found
