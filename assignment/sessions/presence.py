"""People come online, step away and leave; whoever comes online is given what waits."""

from __future__ import annotations

import datetime as dt

from assignment.audit import Actor, Entry, record
from assignment.engine.binding import lock_people
from assignment.enums import AssignmentState, PresenceStatus, SessionState
from assignment.errors import InputError, RefusedError, StaleError
from assignment.models import Assignment, Interpreter, Presence
from assignment.sessions.draining import desks_of_person, drain_later
from assignment.sessions.living import ABANDONED, give_back
from assignment.sessions.once import Message, Result, once


def set_presence(
    person_id: int, status: str, *, now: dt.datetime, actor: Actor, key: str = ""
) -> Result:
    """Write: the person is online, away or offline from now on.

    Whoever goes gives back what they were asked for and had not accepted; what they accepted
    stays with them. Saying the same again changes nothing.
    """
    if status not in PresenceStatus.values:
        words = ", ".join(PresenceStatus.values)
        raise InputError(f"“{status[:20]}” is no presence: say one of {words}.")

    def verb() -> Result:
        return _change(person_id, PresenceStatus(status), now=now, actor=actor)

    message = Message(
        kind="presence",
        payload={"person": person_id, "status": status},
        now=now,
        actor=actor,
        reason=f"Presence: {status}.",
        key=key,
    )
    result = once(message, verb)
    for session_id in result["asked"]:
        _give_back(session_id, person_id=person_id, now=now, actor=actor)
    return result


def _change(person_id: int, status: PresenceStatus, *, now: dt.datetime, actor: Actor) -> Result:
    lock_people([person_id])
    person = Interpreter.objects.select_related("team").get(pk=person_id)
    presence = Presence.objects.filter(interpreter=person).first()
    before = presence.status if presence else PresenceStatus.OFFLINE
    result: Result = {"interpreter": person.ref, "status": status, "asked": []}
    if presence is not None and before == status:
        return result
    if presence is None:
        presence = Presence(interpreter=person)
    presence.status, presence.since = status, now
    presence.save()
    entry = Entry(
        action="presence",
        object_type="interpreter",
        object_ref=person.ref,
        from_state=before,
        to_state=status,
        reason=f"{person.ref} is {status}.",
    )
    record([entry], actor=actor)
    if status == PresenceStatus.ONLINE:
        drain_later(desks_of_person(person), now=now, actor=actor)
    else:
        result["asked"] = _asked(person_id)
    return result


def _asked(person_id: int) -> list[int]:
    """Return the sessions that the person was asked for and has not accepted."""
    rows = Assignment.objects.filter(
        interpreter_id=person_id,
        state=AssignmentState.ACTIVE,
        session__state=SessionState.ASSIGNED,
    )
    return list(rows.order_by("pk").values_list("session_id", flat=True))


def _give_back(session_id: int, *, person_id: int, now: dt.datetime, actor: Actor) -> None:
    try:
        give_back(
            session_id,
            why=ABANDONED,
            now=now,
            actor=actor,
            reason="Its interpreter went away.",
            holder=person_id,
        )
    except (RefusedError, StaleError):
        return  # it was taken, or timed out, between
