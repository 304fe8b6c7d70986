"""Serving the queues: when somebody comes online or frees up, on a request, and every minute."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from assignment.audit import Actor
from assignment.engine.sessions.loading import Asked, desk_of, queue_of
from assignment.failures import classify, retrying
from assignment.models import Desk, Interpreter, Session
from assignment.sessions.deciding import Batch, Order, Select, look
from assignment.sessions.settling import settle
from assignment.turns import round_robin

log = logging.getLogger(__name__)

MOST_TRIES = 5
"""Batches in a row that bind nothing, because facts changed each time, before a drain gives up."""


@dataclass(frozen=True, kw_only=True)
class Drained:
    """What a drain did: refs assigned, sessions left in the queue, errors in words by ref.

    ``is_outage``: Redis, which keeps the turns, did not answer.
    """

    assigned: tuple[str, ...] = ()
    left: int = 0
    errors: Mapping[str, str]
    is_outage: bool = False

    def plus(self, other: Drained) -> Drained:
        """Return both together."""
        return Drained(
            assigned=(*self.assigned, *other.assigned),
            left=self.left + other.left,
            errors={**self.errors, **other.errors},
            is_outage=self.is_outage or other.is_outage,
        )


NOTHING = Drained(errors={})


def drain(
    desk: Desk, *, now: dt.datetime, actor: Actor, asked: Mapping[int, Asked] | None = None
) -> Drained:
    """Write: give the queued sessions of a desk to available people, by priority, then age.

    Safe beside other drains: a desk that one of them serves is left to it, because it looks
    again after each batch; so whatever was committed before is seen by one of both. ``asked``
    names sessions for which somebody else than the queue asks.
    """
    order = Order(desk_id=desk.pk, now=now, actor=actor, turns=round_robin(), asked=asked or {})
    assigned: list[str] = []
    errors: dict[str, str] = {}
    fruitless, batch = 0, Batch()
    while fruitless < MOST_TRIES:
        seen = look(order)
        errors |= seen.errors
        if not seen.is_worthwhile:
            break
        batch = _settle(order, errors=errors)
        assigned += batch.assigned
        errors |= {choice.call.ref: choice.text for choice in batch.errors}
        fruitless = 0 if batch.assigned else fruitless + 1
        if batch.is_outage or batch.is_served_elsewhere:
            break
    left = queue_of(desk).count()
    return Drained(assigned=tuple(assigned), left=left, errors=errors, is_outage=batch.is_outage)


def _settle(order: Order, *, errors: dict[str, str]) -> Batch:
    try:
        return retrying()(settle, order)
    except IntegrityError:
        log.exception("a batch of desk %s was refused: one session after the other", order.desk_id)
        return _settle_singly(order, errors=errors)


def _settle_singly(order: Order, *, errors: dict[str, str]) -> Batch:
    """Write: serve each session in a transaction of its own, so that one harms no other."""
    whole = Batch()
    for session in list(queue_of(Desk.objects.get(pk=order.desk_id))):
        one = Order(
            desk_id=order.desk_id,
            now=order.now,
            actor=order.actor,
            turns=order.turns,
            asked=order.asked,
            select=_only(session.pk),
        )
        try:
            batch = retrying()(settle, one)
        except IntegrityError:
            log.exception("session %s cannot be bound", session.ref)
            errors[session.ref] = "The database refused it; the log has the details."
            continue
        whole.assigned += batch.assigned
        whole.errors += batch.errors
        if batch.is_outage:
            whole.is_outage = True
            break
    return whole


def _only(session_id: int) -> Select:
    def select(desk: Desk) -> QuerySet[Session]:
        return queue_of(desk).filter(pk=session_id)

    return select


def drain_later(
    desks: Iterable[Desk],
    *,
    now: dt.datetime,
    actor: Actor,
    asked: Mapping[int, Asked] | None = None,
) -> None:
    """Serve these desks once the transaction is committed; what fails is left to the clock."""
    rows = list(desks)

    def serve() -> None:
        for desk in rows:
            try:
                drain(desk, now=now, actor=actor, asked=asked)
            except Exception:
                log.exception("serving the queue of desk %s failed; the clock repeats it", desk.pk)

    if rows:
        transaction.on_commit(serve)


def desks_of_person(person: Interpreter) -> list[Desk]:
    """Return the desks whose sessions a person can take: of their team and of its tenant."""
    if person.team is None:
        return []
    own = Q(team_id=person.team_id)
    if person.team.tenant_id is not None:
        own |= Q(tenant_id=person.team.tenant_id)
    return list(Desk.objects.filter(own).order_by("pk"))


def drain_all(*, now: dt.datetime, actor: Actor, team_id: int | None = None) -> Drained:
    """Write: serve all desks (or that of one team) that have a queue; each one for itself."""
    desks = Desk.objects.order_by("pk")
    if team_id is not None:
        desks = desks.filter(team_id=team_id)
    result = NOTHING
    for desk in desks:
        if queue_of(desk).exists():
            result = result.plus(_drain_or_report(desk, now=now, actor=actor))
    return result


def _drain_or_report(desk: Desk, *, now: dt.datetime, actor: Actor) -> Drained:
    """Drain; what breaks at one desk is reported and leaves the others alone, unless all fail."""
    try:
        return drain(desk, now=now, actor=actor)
    except Exception as error:
        if classify(error).outage:
            raise
        log.exception("serving the queue of desk %s failed", desk.pk)
        text = "Serving its queue failed unexpectedly; the log has the details."
        return Drained(left=queue_of(desk).count(), errors={f"desk {desk.pk}": text})


def asked_desks(session: Session, asked: Asked) -> tuple[list[Desk], dict[int, Asked]]:
    """Return the desk of a session, and who asks for it."""
    desk = desk_of(session)
    return ([desk] if desk else []), {session.pk: asked}
