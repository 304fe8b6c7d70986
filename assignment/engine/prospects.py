"""How near one person is to one booking: every rule that stands in the way, and the place. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assignment.engine.facts import Facts
from assignment.engine.pipeline import Draft, Shortlist, barrier_of
from assignment.engine.request import Person, Request
from assignment.engine.rules import MOMENTARY, STANDING, Rejection
from assignment.engine.scoring import Score
from assignment.policy_values import PolicyValues


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What stands between a person and a booking, rule by rule.

    ``place``: among how many (``of``) the person would be ranked, were the one thing lifted that
    stands in the way; None when there is more than one, or nothing can lift it.
    """

    broken: tuple[Rejection, ...]
    place: int | None
    of: int
    score: Score | None

    @property
    def can(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.broken


def broken_rules(
    person: Person, request: Request, *, facts: Facts, soft: frozenset[str]
) -> tuple[Rejection, ...]:
    """Return every hard "no" to this person, not only the first; what is soft is left out.

    Who overlaps breaks the buffer too: the buffer is named only when it stands alone.
    """
    standing = ((name, rule(person, request.needs)) for name, rule in STANDING.items())
    momentary = (
        (name, rule(person, request, facts)) for name, rule in MOMENTARY.items() if name not in soft
    )
    found = [
        Rejection(rule=name, values=values)
        for name, values in (*standing, *momentary)
        if values is not None
    ]
    busy = any(row.rule == "overlap" for row in found)
    return tuple(row for row in found if not (busy and row.rule == "buffer"))


def prospect(
    person: Person,
    request: Request,
    *,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
    listed: Shortlist,
) -> Prospect:
    """Return how near the person is, beside everybody on the shortlist of the request."""
    barrier = barrier_of(request, now=now)
    if barrier is not None:
        return Prospect(broken=(barrier,), place=None, of=0, score=None)
    broken = broken_rules(person, request, facts=facts, soft=policy.soft_rules)
    draft = Draft(request=request, facts=facts, policy=policy)
    draft.ask_momentary_rules(listed.people)
    if broken:
        draft.admit(person)
    draft.ask_dr_rule()
    draft.ask_gap_rule()
    compared = tuple(no for who, no in draft.rejected if who.id == person.id)
    late = tuple(row for row in compared if row not in broken)
    broken = (*broken, *late)
    if late:
        draft.admit(person)
    ranked = draft.rank(now=now, places=len(draft.passed))
    place = next((n for n, row in enumerate(ranked, 1) if row.person_id == person.id), None)
    return Prospect(
        broken=broken,
        place=place if len(broken) < 2 else None,
        of=len(ranked),
        score=ranked[place - 1] if place else None,
    )
