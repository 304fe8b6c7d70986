"""The one place where sessions are decided and given to people, whoever asks.

A batch is one transaction: the desk is locked, so that the desk's queue is served by one at a
time and in its order; the sessions are decided on what is known; then the chosen people are
locked in ascending id and asked again; what still holds is bound. Locks: desk, interpreters,
sessions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from assignment.audit import Actor, Entry, record
from assignment.engine.binding import SessionWork, bind_sessions, end_session_work, lock_people
from assignment.engine.round_robin import RoundRobin
from assignment.engine.sessions.loading import (
    Asked,
    load_calls,
    load_served,
    load_situation,
    queue_of,
)
from assignment.engine.sessions.pipeline import STEPS, SessionChoice, Step, decide
from assignment.engine.sessions.record import pack_session_choice
from assignment.engine.sessions.rules import first_no
from assignment.engine.sessions.values import Call, Situation
from assignment.enums import AssignmentState, Outcome, SessionState
from assignment.locking import lock_rows
from assignment.models import Assignment, Desk, Session, SessionDecision
from assignment.sessions.messages import tell_requesters

AT_ONCE = 25
"""Sessions that one transaction assigns: others of the desk wait no longer than that."""

BEFORE_SELECTION = {name: step for name, step in STEPS.items() if name != "selection"}
"""The steps that only ask: where all of them continue, somebody can take the session."""

PAGE = 100
"""Sessions that are read at once from a long queue."""

Select = Callable[[Desk], QuerySet[Session]]


@dataclass(kw_only=True)
class Batch:
    """What one transaction did: refs assigned, choices that failed or were no, by session id."""

    assigned: list[str] = field(default_factory=list)
    errors: list[SessionChoice] = field(default_factory=list)
    refused: dict[int, SessionChoice] = field(default_factory=dict)
    is_outage: bool = False
    is_served_elsewhere: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """Whom a batch serves: the queue of the desk, or the one session that ``select`` gives.

    ``asked`` says by session id who asks, when it is not the queue. ``waits``: until the desk
    is free, where others leave it to whoever serves it.
    """

    desk_id: int
    now: dt.datetime
    actor: Actor
    turns: RoundRobin
    asked: Mapping[int, Asked] = field(default_factory=dict)
    select: Select = queue_of
    waits: bool = False

    @property
    def named(self) -> list[int]:
        """The people whom somebody named."""
        return [row.named for row in self.asked.values() if row.named is not None]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A choice that still held under the locks, and until when its person is kept."""

    choice: SessionChoice
    until: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look at a desk showed: whether a batch would change anything, and what failed."""

    is_worthwhile: bool
    errors: Mapping[str, str]


def settle(order: Order) -> Batch:
    """Write: decide a batch of sessions of one desk and bind what could be assigned.

    An error of one session leaves it as it is and harms no other; an outage of the turns ends
    the batch. Raises nothing for a session that cannot be assigned. A desk that another serves
    at this moment is left to that one, unless the order waits.
    """
    with transaction.atomic():
        desk = (
            Desk.objects.select_for_update(of=("self",), skip_locked=not order.waits)
            .select_related("team", "tenant")
            .filter(pk=order.desk_id)
            .first()
        )
        if desk is None:
            return Batch(is_served_elsewhere=True)
        situation = load_situation(desk, now=order.now, named=order.named)
        batch = Batch()
        choices = _decide(desk, order=order, situation=situation, batch=batch)
        chosen = [choice for choice in choices if choice.outcome == Outcome.ASSIGN]
        kept = _lock_and_ask_again(chosen, desk=desk, order=order)
        news = [choice for choice in choices if _is_news(choice)]
        _bind(kept, desk=desk, order=order)
        told = [*(row.choice for row in kept), *news]
        _explain(told, situation=situation, order=order)
        tell_requesters(news, desk=desk, now=order.now)
        batch.assigned = [row.choice.call.ref for row in kept]
        batch.refused = {
            choice.call.id: choice for choice in choices if choice.outcome != Outcome.ASSIGN
        }
    return batch


def look(order: Order) -> Seen:
    """Tell, without a lock, whether a batch would give anybody anything, or say anything new.

    So that drains which have nothing to do do not queue up before the desk. Takes no turn.
    """
    desk = Desk.objects.select_related("team", "tenant").get(pk=order.desk_id)
    situation = load_situation(desk, now=order.now, named=order.named)
    batch = Batch()
    asked = _decide(desk, order=order, situation=situation, batch=batch, steps=BEFORE_SELECTION)
    return Seen(
        is_worthwhile=any(_is_news(choice) for choice in asked),
        errors={choice.call.ref: choice.text for choice in batch.errors},
    )


def _decide(
    desk: Desk,
    *,
    order: Order,
    situation: Situation,
    batch: Batch,
    steps: Mapping[str, Step] = STEPS,
) -> list[SessionChoice]:
    """Return the choices in order; equal sessions share the "no" of the first of them."""
    met: dict[object, SessionChoice] = {}
    choices: list[SessionChoice] = []
    assigned = 0
    for call in _calls(desk, order=order, situation=situation):
        known = met.get(call.kind) if call.kind else None
        if known is not None and call.contact not in situation.served:
            choices.append(_same_for(call, known))
            continue
        choice = decide(call, situation=situation, turns=order.turns, steps=steps)
        if choice.outcome == Outcome.ERROR:
            batch.errors.append(choice)
            if choice.is_outage:
                batch.is_outage = True
                break
            continue
        choices.append(choice)
        if choice.chosen is None or choice.lanes is None:
            if choice.outcome != Outcome.SKIP:
                met[call.kind] = choice
            continue
        situation.add(call, person_id=choice.chosen, lanes=choice.lanes)
        assigned += 1
        if assigned == AT_ONCE:
            break
    return choices


def _calls(desk: Desk, *, order: Order, situation: Situation) -> Iterator[Call]:
    """Yield the sessions in their order, page by page.

    While those who are online have no room, only those for whom somebody asks or that were
    never judged: the others know why they wait.
    """
    rows = order.select(desk)
    ids = list(rows.values_list("pk", "reason_code"))
    for start in range(0, len(ids), PAGE):
        page = [pk for pk, _ in ids[start : start + PAGE]]
        if situation.is_full:
            part = ids[start : start + PAGE]
            page = [pk for pk, code in part if not code or pk in order.asked]
        if not page:
            continue
        found = Session.objects.in_bulk(page)
        calls = load_calls([found[pk] for pk in page if pk in found], asked=order.asked)
        situation.served |= load_served(calls)
        yield from calls


def _same_for(call: Call, known: SessionChoice) -> SessionChoice:
    return SessionChoice(
        call=call,
        outcome=known.outcome,
        code=known.code,
        text=known.text,
        steps=known.steps,
        rejected=known.rejected,
    )


def _is_news(choice: SessionChoice) -> bool:
    """Whether a "no" differs from the one that the session's last decision gave.

    A "no" about a named person is an answer to whoever named them, not a state of the session.
    """
    no = choice.outcome != Outcome.ASSIGN and choice.call.named is None
    return no and choice.code != choice.call.known_reason


def _lock_and_ask_again(chosen: Sequence[SessionChoice], *, desk: Desk, order: Order) -> list[Kept]:
    """Lock people and sessions; return the choices that still hold, up to the first that fails.

    Those behind it are decided anew, so that nobody overtakes.
    """
    if not chosen:
        return []
    people = {choice.chosen for choice in chosen if choice.chosen is not None}
    lock_people(people | {key for row in chosen if (key := row.call.holder) is not None})
    ids = [choice.call.id for choice in chosen]
    lock_rows(Session.objects.all(), ids)
    calls = {call.id: call for call in load_calls(_still_open(chosen), asked=order.asked)}
    fresh = load_situation(desk, now=order.now, person_ids=sorted(people))
    fresh.served = load_served(list(calls.values()))
    kept: list[Kept] = []
    for choice in chosen:
        call = calls.get(choice.call.id)
        if call is None or choice.chosen is None or choice.lanes is None:
            break
        member = fresh.member(choice.chosen)
        if member is None or first_no(member, call, fresh) is not None:
            break
        if member.free_lanes(call, now=order.now) != choice.lanes:
            break
        fresh.add(call, person_id=choice.chosen, lanes=choice.lanes)
        kept.append(Kept(choice=choice, until=fresh.kept_until(member)))
    return kept


def _still_open(chosen: Sequence[SessionChoice]) -> list[Session]:
    """Return the sessions that are as they were: unassigned, or with the same holder."""
    holders = {choice.call.id: choice.call.holder for choice in chosen}
    rows = Session.objects.in_bulk(holders)
    held = dict(
        Assignment.objects.filter(session__in=holders, state=AssignmentState.ACTIVE).values_list(
            "session_id", "interpreter_id"
        )
    )
    return [
        row
        for pk, row in rows.items()
        if row.state != SessionState.RESOLVED and held.get(pk) == holders[pk]
    ]


def _bind(kept: Sequence[Kept], *, desk: Desk, order: Order) -> None:
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


def _explain(choices: Sequence[SessionChoice], *, situation: Situation, order: Order) -> None:
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
