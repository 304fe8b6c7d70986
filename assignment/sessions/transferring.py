"""A person chooses who takes a session: assigned by hand, or transferred to somebody else."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from assignment.audit import Actor
from assignment.engine.sessions.loading import Asked, desk_of, sessions_of
from assignment.enums import HELD_STATES, AssignmentState, SessionState
from assignment.errors import RefusedError
from assignment.models import Assignment, Desk, Interpreter, Session
from assignment.sessions.deciding import Order
from assignment.sessions.draining import desks_of_person, drain_later
from assignment.sessions.once import Message, Result, once
from assignment.sessions.settling import settle
from assignment.turns import round_robin


def assign_now(
    session_id: int, *, person_id: int, now: dt.datetime, actor: Actor, reason: str, key: str = ""
) -> Result:
    """Write: give a waiting session to the person named, if the rules about people allow it.

    The desk's hours and strategy do not stand against a person's choice. Raises RefusedError.
    """

    def verb() -> Result:
        session = Session.objects.get(pk=session_id)
        if session.state != SessionState.UNASSIGNED:
            raise RefusedError(f"{session.ref} is {session.state}: transfer it instead.")
        asked = Asked(caller="by_hand", named=person_id)
        return _to_named(session, asked=asked, now=now, actor=actor)

    message = Message(
        kind="session_assign_now",
        payload={"session": session_id, "person": person_id},
        now=now,
        actor=actor,
        reason=reason,
        key=key,
    )
    return once(message, verb)


def transfer(
    session_id: int, *, person_id: int, now: dt.datetime, actor: Actor, reason: str, key: str = ""
) -> Result:
    """Write: from whoever has it to the person named; nothing changes when they cannot.

    Raises RefusedError.
    """

    def verb() -> Result:
        session = Session.objects.get(pk=session_id)
        held = Assignment.objects.filter(session=session, state=AssignmentState.ACTIVE)
        row = held.select_related("interpreter__team").first()
        if session.state not in HELD_STATES or row is None:
            raise RefusedError(f"Nobody has {session.ref}: assign it instead.")
        asked = Asked(caller="transfer", named=person_id, holder=row.interpreter_id)
        result = _to_named(session, asked=asked, now=now, actor=actor)
        drain_later(desks_of_person(row.interpreter), now=now, actor=actor)
        return result

    message = Message(
        kind="session_transfer",
        payload={"session": session_id, "person": person_id},
        now=now,
        actor=actor,
        reason=reason,
        key=key,
    )
    return once(message, verb)


def _to_named(session: Session, *, asked: Asked, now: dt.datetime, actor: Actor) -> Result:
    desk = desk_of(session)
    if desk is None:
        raise RefusedError(f"{session.ref} has no desk: make one for its team or tenant.")

    def only(desk: Desk) -> QuerySet[Session]:
        return sessions_of(desk).filter(pk=session.pk)

    order = Order(
        desk_id=desk.pk,
        now=now,
        actor=actor,
        turns=round_robin(),
        asked={session.pk: asked},
        select=only,
        waits=True,
    )
    batch = settle(order)
    drain_later([desk], now=now, actor=actor)  # others left the desk to us meanwhile
    if session.ref in batch.assigned:
        person = Interpreter.objects.filter(pk=asked.named or 0).values_list("ref", flat=True)
        return {"session": session.ref, "interpreter": person[0]}
    if session.pk in batch.refused:
        raise RefusedError(batch.refused[session.pk].text)
    if batch.errors:
        raise RefusedError(batch.errors[0].text)
    raise RefusedError(f"{session.ref} changed just now: look again.")
