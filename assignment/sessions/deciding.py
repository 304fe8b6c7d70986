"""Deciding the sessions of one desk in their order, on what is known at one moment.

Writes nothing. With a lock on the desk it is the plan of a batch; without one, a look whether a
batch would change anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from assignment.audit import Actor
from assignment.engine.round_robin import RoundRobin
from assignment.engine.sessions.loading import (
    Asked,
    load_calls,
    load_served,
    load_situation,
    queue_of,
)
from assignment.engine.sessions.pipeline import STEPS, SessionChoice, Step, decide
from assignment.engine.sessions.values import Call, Situation
from assignment.enums import Outcome
from assignment.models import Desk, Session

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
class Seen:
    """What a look at a desk showed: whether a batch would change anything, and what failed."""

    is_worthwhile: bool
    errors: Mapping[str, str]


def look(order: Order) -> Seen:
    """Tell, without a lock, whether a batch would give anybody anything, or say anything new.

    So that drains which have nothing to do do not queue up before the desk. Takes no turn.
    """
    desk = Desk.objects.select_related("team", "tenant").get(pk=order.desk_id)
    situation = load_situation(desk, now=order.now, named=order.named)
    batch = Batch()
    asked = decide_batch(
        desk, order=order, situation=situation, batch=batch, steps=BEFORE_SELECTION
    )
    return Seen(
        is_worthwhile=any(is_news(choice) for choice in asked),
        errors={choice.call.ref: choice.text for choice in batch.errors},
    )


def decide_batch(
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


def is_news(choice: SessionChoice) -> bool:
    """Whether a "no" differs from the one that the session's last decision gave.

    A "no" about a named person is an answer to whoever named them, not a state of the session.
    """
    no = choice.outcome != Outcome.ASSIGN and choice.call.named is None
    return no and choice.code != choice.call.known_reason
