"""The life of a session that somebody has: accepted, resolved, or given back to the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from assignment.audit import Actor, Entry, record
from assignment.engine.binding import end_session_work, lock_people
from assignment.engine.sessions.loading import Asked
from assignment.engine.sessions.values import HANDED_OVER
from assignment.enums import AssignmentState, SessionState
from assignment.errors import RefusedError, StaleError
from assignment.models import Assignment, Desk, Session, SessionPass
from assignment.sessions.draining import asked_desks, desks_of_person, drain_later
from assignment.sessions.once import Message, Result, once
from assignment.wording import ended

TIME_OUT, ABANDONED = "time_out", "abandoned"


def locked_session(session_id: int) -> tuple[Session, Assignment | None]:
    """Return a session and who has it, the person locked first, then the session.

    Raises StaleError when it changed hands between.
    """
    held = Q(session_id=session_id, state=AssignmentState.ACTIVE)
    person_id = Assignment.objects.filter(held).values_list("interpreter_id", flat=True).first()
    if person_id is not None:
        lock_people([person_id])
    session = Session.objects.select_for_update().get(pk=session_id)
    row = Assignment.objects.filter(held).select_related("interpreter__team").first()
    if (row.interpreter_id if row else None) != person_id:
        raise StaleError(f"{session.ref} changed hands just now: look again.")
    return session, row


def accept(session_id: int, *, now: dt.datetime, actor: Actor, key: str = "") -> Result:
    """Write: its interpreter takes the session. Raises RefusedError when nobody was asked."""

    def verb() -> Result:
        session, row = locked_session(session_id)
        if session.state != SessionState.ASSIGNED or row is None:
            raise RefusedError(f"{session.ref} is {session.state}: only an assigned one is taken.")
        person = row.interpreter.ref
        _move(session, SessionState.ACCEPTED, actor=actor, reason=f"Taken by {person}.", now=now)
        return {"session": session.ref, "interpreter": person}

    message = Message(
        kind="session_accept",
        payload={"session": session_id},
        now=now,
        actor=actor,
        reason="Taken.",
        key=key,
    )
    return once(message, verb)


def resolve(
    session_id: int, *, now: dt.datetime, actor: Actor, reason: str, key: str = ""
) -> Result:
    """Write: the session is over; what its person worked is counted to this moment.

    One that nobody has taken is closed without work. Raises RefusedError when it is over.
    """

    def verb() -> Result:
        session, row = locked_session(session_id)
        if session.state == SessionState.RESOLVED:
            raise RefusedError(f"{session.ref} is resolved already.")
        if row is not None:
            _end_work(session, row, now=now)
            drain_later(desks_of_person(row.interpreter), now=now, actor=actor)
        _move(session, SessionState.RESOLVED, actor=actor, reason=reason, now=now)
        return {"session": session.ref}

    message = Message(
        kind="session_resolve",
        payload={"session": session_id},
        now=now,
        actor=actor,
        reason=reason,
        key=key,
    )
    return once(message, verb)


def give_back(
    session_id: int,
    *,
    why: str,
    now: dt.datetime,
    actor: Actor,
    reason: str,
    key: str = "",
    holder: int | None = None,
) -> Result:
    """Write: back into the queue, at its old place; whoever had it is passed over.

    ``why``: time_out, abandoned, or handed_over; only the last takes back what was accepted.
    ``holder``: the person who must have it still. Raises RefusedError when nobody has it, and
    StaleError when somebody else has.
    """

    def verb() -> Result:
        session, row = locked_session(session_id)
        row = _to_take_back(session, row, why=why, now=now, holder=holder)
        _end_work(session, row, now=now)
        person = row.interpreter
        SessionPass.objects.create(session=session, interpreter=person, at=now, why=why)
        text = f"{ended(reason)} {_taken_from(person.ref, why=why, actor=actor)}"
        _move(session, SessionState.UNASSIGNED, actor=actor, reason=text, now=now, why=why)
        caller = Asked(caller="handover" if why == HANDED_OVER else "queue")
        desks, asked = asked_desks(session, caller)
        served = _each_once(desks, desks_of_person(person))
        drain_later(served, now=now, actor=actor, asked=asked)
        return {"session": session.ref, "interpreter": person.ref}

    message = Message(
        kind=f"session_{why}",
        payload={"session": session_id},
        now=now,
        actor=actor,
        reason=reason,
        key=key,
    )
    return once(message, verb)


def _taken_from(person: str, *, why: str, actor: Actor) -> str:
    """Return who had it; of one that was handed over, who did that."""
    by = f"{actor.name} handed it over; it" if why == HANDED_OVER else "It"
    return f"{by} was with {person}."


def _to_take_back(
    session: Session, row: Assignment | None, *, why: str, now: dt.datetime, holder: int | None
) -> Assignment:
    """Return who has it, when it may be taken back; else raise what ``give_back`` says."""
    if row is None or session.state not in (SessionState.ASSIGNED, SessionState.ACCEPTED):
        raise RefusedError(f"Nobody has {session.ref}: it is {session.state}.")
    if holder not in (None, row.interpreter_id):
        raise StaleError(f"{session.ref} went to {row.interpreter.ref} just now: look again.")
    if why == ABANDONED and session.state == SessionState.ACCEPTED:
        raise RefusedError(f"{session.ref} was accepted: hand it over instead.")
    if why == TIME_OUT and (session.accept_by is None or session.accept_by > now):
        raise RefusedError(f"{session.ref} still has time to be accepted.")
    return row


def _end_work(session: Session, row: Assignment, *, now: dt.datetime) -> None:
    taken = session.state == SessionState.ACCEPTED
    state = AssignmentState.COMPLETED if taken else AssignmentState.WITHDRAWN
    end_session_work(row, state=state, now=now)


def _move(
    session: Session,
    state: SessionState,
    *,
    actor: Actor,
    reason: str,
    now: dt.datetime,
    why: str = "",
) -> None:
    """Write: the state with its times, and the audit event."""
    times: dict[SessionState, dict[str, Any]] = {
        SessionState.UNASSIGNED: {"assigned_at": None, "accept_by": None, "accepted_at": None},
        SessionState.ACCEPTED: {"accept_by": None, "accepted_at": now},
        SessionState.RESOLVED: {"accept_by": None, "resolved_at": now},
    }
    fields = {"state": state, "reason_code": "", "reason_text": "", **times[state]}
    entry = Entry(
        action=f"session_{why or state}",
        object_type="session",
        object_ref=session.ref,
        from_state=session.state,
        to_state=state,
        reason=reason,
    )
    for name, value in fields.items():
        setattr(session, name, value)
    session.save(update_fields=list(fields))
    record([entry], actor=actor)


def _each_once(*groups: Iterable[Desk]) -> list[Desk]:
    return list({desk.pk: desk for group in groups for desk in group}.values())
