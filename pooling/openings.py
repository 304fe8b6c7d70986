"""The best open bookings for a person: what they could take, and what they nearly could."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from assignment.engine.cures import cure_of_rejection
from assignment.engine.explain import sentence
from assignment.engine.facts import Facts
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.pipeline import Shortlist, shortlist
from assignment.engine.prospects import Prospect, broken_rules, prospect
from assignment.engine.request import Needs, Person, Request
from assignment.enums import BookingState
from assignment.models import Booking, Interpreter
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from assignment.snapshot import read_snapshot
from pooling.pool import NOT_PROCESSING

MOST_LOOKED_AT = 2_000
"""Open bookings that are looked at, the earliest first."""
MOST_TOLD = 40
"""Of each kind, so many are compared with everybody else."""
LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An open booking and a person: the place they would have among ``of``, and what it does.

    ``nearer``: hours by which it brings the person nearer to the fair share; negative: further
    away. ``rule``, ``reason``, ``cure``: the one thing in the way, if any.
    """

    booking: Booking
    place: int
    of: int
    nearer: float
    rule: str = ""
    reason: str = ""
    cure: str = ""

    @property
    def words(self) -> str:
        """Why it stands where it stands."""
        share = f"{abs(self.nearer):.2f} h {'further from' if self.nearer < 0 else 'nearer to'}"
        return f"{self.place_words}; {share} the fair share."

    @property
    def place_words(self) -> str:
        """The place, among all who could take it."""
        return f"Place {self.place} of {self.of}"

    @property
    def order(self) -> tuple[int, float, dt.datetime, str]:
        """Sort key: place, what it does for fairness, deadline, ref."""
        deadline = self.booking.pool_deadline_time or self.booking.starts_at
        return self.place, -self.nearer, deadline, self.booking.ref


@dataclass(frozen=True, kw_only=True)
class Openings:
    """What the person could take, best first, and what one change would let them take.

    ``looked_at``: how many open bookings there were to choose from; ``all_of_them``: whether
    these are all.
    """

    able: tuple[Opening, ...]
    nearly: tuple[Opening, ...]
    looked_at: int
    all_of_them: bool


def openings_for(
    interpreter: Interpreter, *, bookings: QuerySet[Booking], now: dt.datetime
) -> Openings:
    """Return the open ones of these bookings for a person; writes nothing.

    First the person alone is asked about all of them, then everybody about the few that are
    left. A constant number of queries.
    """
    with read_snapshot():
        policy = current_policy()
        rows = list(_open(bookings, now=now)[: MOST_LOOKED_AT + 1])
        known = {row.pk: row for row in rows[:MOST_LOOKED_AT]}
        requests = load_requests(known.values())
        window = policy.weighting.fairness_window_days
        own = load_facts(requests, now=now, window_days=window, person_ids=[interpreter.pk])
        near = _near(requests, facts=own, policy=policy, person_id=interpreter.pk)
        facts = load_facts(near, now=now, window_days=window, policy=policy)
    found = _compared(
        facts.by_id[interpreter.pk], near, known=known, facts=facts, policy=policy, now=now
    )
    return Openings(
        able=tuple(row for row in found if not row.rule),
        nearly=tuple(row for row in found if row.rule),
        looked_at=len(known),
        all_of_them=len(rows) <= MOST_LOOKED_AT,
    )


def _open(bookings: QuerySet[Booking], *, now: dt.datetime) -> QuerySet[Booking]:
    """Return what waits for somebody and has not started: pooled, failed, escalated, ungated."""
    waiting = bookings.filter(NOT_PROCESSING, state=BookingState.WAITING, starts_at__gt=now)
    return waiting.select_related("team").order_by("starts_at", "ref")


def _near(
    requests: Sequence[Request], *, facts: Facts, policy: PolicyValues, person_id: int
) -> list[Request]:
    """Return those for which nothing or one thing stands in the way, some of each, by deadline."""
    person = facts.by_id[person_id]
    by_count: dict[int, list[Request]] = {0: [], 1: []}
    for request in sorted(requests, key=lambda row: (row.deadline or LAST, row.ref)):
        if not request.needed:
            continue
        broken = broken_rules(person, request, facts=facts, soft=policy.soft_rules)
        if len(broken) in by_count:
            by_count[len(broken)].append(request)
    return [request for rows in by_count.values() for request in rows[:MOST_TOLD]]


def _compared(
    person: Person,
    near: Sequence[Request],
    *,
    known: dict[int, Booking],
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
) -> list[Opening]:
    listed: dict[Needs, Shortlist] = {}
    found = []
    for request in near:
        if request.needs not in listed:
            listed[request.needs] = shortlist(request.needs, people=facts.people)
        near_by = prospect(
            person, request, facts=facts, policy=policy, now=now, listed=listed[request.needs]
        )
        if near_by.place is not None:
            nearer = _nearer(person, request, facts=facts)
            found.append(_opening(known[request.id], near_by, nearer=nearer))
    return sorted(found, key=lambda row: row.order)


def _nearer(person: Person, request: Request, *, facts: Facts) -> float:
    """Return the hours by which the booking brings a person nearer to the fair share."""
    below = facts.deficit_hours(person)
    return round(abs(below) - abs(below - request.seconds / 3600), 4)


def _opening(booking: Booking, near_by: Prospect, *, nearer: float) -> Opening:
    if near_by.can:
        return Opening(booking=booking, place=near_by.place or 0, of=near_by.of, nearer=nearer)
    (no,) = near_by.broken
    return Opening(
        booking=booking,
        place=near_by.place or 0,
        of=near_by.of,
        nearer=nearer,
        rule=no.rule,
        reason=sentence(no.rule, list(no.values)),
        cure=cure_of_rejection(no.rule, no.values),
    )
