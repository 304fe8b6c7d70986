"""The one place where sessions are given to people, whoever asks.

A batch is one transaction: the desk is locked, so that the desk's queue is served by one at a
time and in its order; the sessions are decided on what is known; then the chosen people are
locked in ascending id and asked again; what still holds is bound. Locks: desk, interpreters,
sessions.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from assignment.engine.binding import lock_people
from assignment.engine.sessions.loading import load_calls, load_served, load_situation
from assignment.engine.sessions.pipeline import SessionChoice
from assignment.engine.sessions.rules import first_no
from assignment.enums import AssignmentState, Outcome, SessionState
from assignment.locking import lock_rows
from assignment.models import Assignment, Desk, Session
from assignment.sessions.deciding import Batch, Order, decide_batch, is_news
from assignment.sessions.effects import Kept, bind_kept, explain_choices
from assignment.sessions.messages import tell_requesters


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
        choices = decide_batch(desk, order=order, situation=situation, batch=batch)
        chosen = [choice for choice in choices if choice.outcome == Outcome.ASSIGN]
        kept = _lock_and_ask_again(chosen, desk=desk, order=order)
        news = [choice for choice in choices if is_news(choice)]
        bind_kept(kept, desk=desk, order=order)
        told = [*(row.choice for row in kept), *news]
        explain_choices(told, situation=situation, order=order)
        tell_requesters(news, desk=desk, now=order.now)
        batch.assigned = [row.choice.call.ref for row in kept]
        batch.refused = {
            choice.call.id: choice for choice in choices if choice.outcome != Outcome.ASSIGN
        }
    return batch


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
