"""Wakes the entries that a change of availability can cure, and offers cures to people.

An entry in backoff that somebody can now take is tried again at once; for one that was
handed to a person, or failed, the tick leaves an offer that names who could take it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from assignment.audit import Actor
from assignment.engine.facts import Facts
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.pipeline import momentary_rejection, standing_rejection
from assignment.engine.request import Person, Request
from assignment.enums import BookingState, PoolStatus
from assignment.models import AvailabilityChange, Booking
from assignment.policies import current_policy
from assignment.snapshot import read_snapshot
from pooling import pool
from pooling.models import CureOffer

AT_ONCE = 500


def wake_up(*, now: dt.datetime, actor: Actor) -> int:
    """Write: consume the noted changes; return how many entries were woken or got an offer."""
    woken = 0
    while changes := list(AvailabilityChange.objects.order_by("pk")[:AT_ONCE]):
        cures = _cures(changes, now=now)
        with transaction.atomic():
            woken += _act(cures, now=now, actor=actor)
            seen = [change.pk for change in changes]
            AvailabilityChange.objects.filter(pk__in=seen).delete()
    return woken


def _cures(changes: Sequence[AvailabilityChange], *, now: dt.datetime) -> dict[int, int]:
    """Return who could take what: interpreter id by booking id, the first by ref."""
    people = sorted({change.interpreter_id for change in changes})
    with read_snapshot():
        policy = current_policy()
        requests = load_requests(_waiting_for_a_cure(now=now))
        window = policy.weighting.fairness_window_days
        facts = load_facts(requests, now=now, window_days=window, person_ids=people)
    cures: dict[int, int] = {}
    for request in requests:
        for person in facts.people:
            touched = any(_touches(change, request, person) for change in changes)
            if touched and _can(person, request, facts=facts, soft=policy.soft_rules):
                cures[request.id] = person.id
                break
    return cures


def _waiting_for_a_cure(*, now: dt.datetime) -> Sequence[Booking]:
    """Return what still starts and was escalated, failed, or waits for its next attempt."""
    stuck = (
        Q(escalated_at__isnull=False)
        | Q(pool_status=PoolStatus.FAILED)
        | Q(pool_status=PoolStatus.READY, pool_next_attempt_at__gt=now)
    )
    rows = Booking.objects.filter(stuck, state=BookingState.WAITING, starts_at__gt=now)
    return list(rows.select_related("team").order_by("pk"))


def _touches(change: AvailabilityChange, request: Request, person: Person) -> bool:
    if change.interpreter_id != person.id:
        return False
    reaches = change.ends_at is None or change.ends_at > request.starts_at - request.buffer
    begins = change.starts_at is None or change.starts_at < request.ends_at + request.buffer
    return reaches and begins


def _can(person: Person, request: Request, *, facts: Facts, soft: frozenset[str]) -> bool:
    if standing_rejection(person, request.needs):
        return False
    rejection, _ = momentary_rejection(person, request, facts=facts, soft=soft)
    return rejection is None


def _act(cures: dict[int, int], *, now: dt.datetime, actor: Actor) -> int:
    in_backoff = Booking.objects.filter(
        pk__in=cures, pool_status=PoolStatus.READY, pool_next_attempt_at__gt=now
    )
    woken = pool.try_now(in_backoff, actor=actor, reason="Somebody became available.")
    offered = [booking_id for booking_id in cures if booking_id not in woken]
    for booking_id in offered:
        CureOffer.objects.update_or_create(
            booking_id=booking_id, defaults={"interpreter_id": cures[booking_id]}
        )
    return len(woken) + len(offered)
