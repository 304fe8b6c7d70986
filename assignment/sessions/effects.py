"""Writing what a batch decided: assignments, states, audit events, decisions. Nothing else does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from assignment.audit import Entry, record
from assignment.engine.binding import SessionWork, bind_sessions, end_session_work
from assignment.engine.sessions.pipeline import SessionChoice
from assignment.engine.sessions.record import pack_session_choice
from assignment.engine.sessions.values import Situation
from assignment.enums import AssignmentState, Outcome, SessionState
from assignment.models import Assignment, Desk, Session, SessionDecision
from assignment.sessions.deciding import Order


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A choice that still held under the locks, and until when its person is kept."""

    choice: SessionChoice
    until: dt.datetime


def bind_kept(kept: Sequence[Kept], *, desk: Desk, order: Order) -> None:
    """Write: the assignments, the sessions' states and their audit events."""
    now, before = order.now, Session.objects.in_bulk([row.choice.call.id for row in kept])
    works, entries = [], []
    for row in kept:
        session = before[row.choice.call.id]
        if row.choice.call.holder is not None:
            _end_of_holder(session, now=now)
        works.append(_work(row, now=now))
        entries.append(_entry(row.choice, session=session))
    bind_sessions(works)
    Session.objects.filter(pk__in=before).update(
        state=SessionState.ASSIGNED,
        assigned_at=now,
        accept_by=now + dt.timedelta(seconds=desk.accept_seconds),
        accepted_at=None,
        reason_code="",
        reason_text="",
    )
    record(entries, actor=order.actor)


def _end_of_holder(session: Session, *, now: dt.datetime) -> None:
    row = Assignment.objects.get(session=session, state=AssignmentState.ACTIVE)
    took_it = session.state == SessionState.ACCEPTED
    state = AssignmentState.COMPLETED if took_it else AssignmentState.WITHDRAWN
    end_session_work(row, state=state, now=now)


def _work(row: Kept, *, now: dt.datetime) -> SessionWork:
    choice = row.choice
    if choice.chosen is None or choice.lanes is None:
        raise ValueError("Only a choice of somebody can be bound.")
    return SessionWork(
        session_id=choice.call.id,
        person_id=choice.chosen,
        lanes=choice.lanes,
        starts_at=now,
        ends_at=row.until,
        by_hand=choice.call.named is not None,
    )


def _entry(choice: SessionChoice, *, session: Session) -> Entry:
    person = choice.selection.chosen.person.ref if choice.selection else ""
    return Entry(
        action="session_transfer" if choice.call.holder is not None else "session_assign",
        object_type="session",
        object_ref=session.ref,
        from_state=session.state,
        to_state=SessionState.ASSIGNED,
        reason=f"Given to {person} ({choice.call.caller.replace('_', ' ')}).",
        changes={"interpreter": person},
    )


def explain_choices(
    choices: Sequence[SessionChoice], *, situation: Situation, order: Order
) -> None:
    """Write: the decisions, and why the sessions that got nobody still wait."""
    for code, text, ids in _by_reason(choices):
        Session.objects.filter(pk__in=ids, state=SessionState.UNASSIGNED).update(
            reason_code=code, reason_text=text
        )
    SessionDecision.objects.bulk_create(
        [
            SessionDecision(
                session_id=choice.call.id,
                caller=choice.call.caller,
                outcome=choice.outcome,
                reason_code=choice.code,
                reason_text=choice.text[:500],
                record=pack_session_choice(choice, situation=situation),
                decided_at=order.now,
                decided_by=order.actor.name,
            )
            for choice in choices
        ],
        batch_size=200,
    )


def _by_reason(choices: Sequence[SessionChoice]) -> list[tuple[str, str, list[int]]]:
    found: dict[tuple[str, str], list[int]] = {}
    for choice in choices:
        if choice.outcome != Outcome.ASSIGN and choice.call.holder is None:
            found.setdefault((choice.code, choice.text[:500]), []).append(choice.call.id)
    return [(code, text, ids) for (code, text), ids in found.items()]
