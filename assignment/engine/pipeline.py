"""Decides one booking: rules in order, DR, gap, score, rank. Pure: reads facts, writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assignment.engine import reasons
from assignment.engine.facts import Facts
from assignment.engine.joint_view import JointView
from assignment.engine.ranking import by_merit, tie_break
from assignment.engine.request import Needs, Person, Request
from assignment.engine.rules import (
    CHOSEN_OTHERWISE,
    DR_RULE,
    FILLED_RULE,
    GAP_RULE,
    MOMENTARY,
    STANDING,
    STARTED_RULE,
    Rejection,
    rules_about,
)
from assignment.engine.rules.base import MomentaryRule
from assignment.engine.rules.dr import DrView, consecutive
from assignment.engine.rules.gap import GapView, gap_for
from assignment.engine.scoring import Score, Scorer, urgency
from assignment.enums import Outcome
from assignment.policy_values import PolicyValues


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """Who can do work with these needs at all, and who cannot, why; shared by equal needs."""

    people: tuple[Person, ...]
    rejected: tuple[tuple[Person, Rejection], ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the engine decided for one booking, with a verdict on every person.

    ``ranked``: those who passed, best first (pinned people before all others), with ties broken
    as far as they matter for the choice; empty in a joint decision, whose ranking is in
    ``joint``. ``exchanged_for``: the bookings that could
    be covered because this one went to somebody else than its score alone would say.
    ``chosen``: ids by open position. ``tie_break``: what separated the last chosen from
    the first not chosen, and by how much.
    """

    request: Request
    outcome: str
    chosen: tuple[int, ...]
    reason_code: str
    reason_text: str
    shortlist: Shortlist
    rejected: tuple[tuple[Person, Rejection], ...]
    ranked: tuple[Score, ...]
    urgency: float
    gap: GapView | None
    dr: DrView | None
    dr_overridden: bool
    tie_break: tuple[str, float | str] | None
    joint: JointView | None = None
    exchanged_for: tuple[str, ...] = ()

    @cached_property
    def eligible(self) -> tuple[int, ...]:
        """Ids of those who could have had the booking: nothing but a matter of choice stood
        against them (``rules.CHOSEN_OTHERWISE``).
        """
        passed_over = (person.id for person, no in self.rejected if no.rule in CHOSEN_OTHERWISE)
        able = self.joint.people if self.joint else (row.person_id for row in self.ranked)
        return (*able, *passed_over)


def shortlist(needs: Needs, *, people: Sequence[Person]) -> Shortlist:
    """Return who passes the standing rules, in the order of ``people``."""
    passed: list[Person] = []
    rejected: list[tuple[Person, Rejection]] = []
    for person in people:
        for name, rule in STANDING.items():
            values = rule(person, needs)
            if values is not None:
                rejected.append((person, Rejection(rule=name, values=values)))
                break
        else:
            passed.append(person)
    return Shortlist(people=tuple(passed), rejected=tuple(rejected))


def standing_rejection(person: Person, needs: Needs) -> Rejection | None:
    """Return the first standing rule that says no to this person, for the re-check."""
    found = shortlist(needs, people=(person,)).rejected
    return found[0][1] if found else None


def momentary_rejection(
    person: Person,
    request: Request,
    *,
    facts: Facts,
    soft: frozenset[str],
    rules: Iterable[tuple[str, MomentaryRule]] = MOMENTARY.items(),
) -> tuple[Rejection | None, tuple[str, ...]]:
    """Return the first hard "no" of the momentary rules, and the soft rules it breaks."""
    broken: list[str] = []
    for name, rule in rules:
        values = rule(person, request, facts)
        if values is None:
            continue
        if name not in soft:
            return Rejection(rule=name, values=values), ()
        broken.append(name)
    return None, tuple(broken)


def choose(
    request: Request,
    *,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
    listed: Shortlist | None = None,
) -> Choice:
    """Return the choice for one booking from the facts; ``listed`` saves equal work."""
    listed = listed or shortlist(request.needs, people=facts.people)
    draft = Draft(request=request, facts=facts, policy=policy)
    draft.ask(listed.people, now=now)
    ranked = draft.rank(now=now, places=request.needed + 1)
    verdict = reasons.verdict(
        request,
        ranked=[row.person_id for row in ranked],
        listed_count=len(listed.people),
        rejected=(*listed.rejected, *draft.rejected),
        allow_partial=policy.allow_partial,
        now=now,
    )
    count = min(request.needed, len(ranked)) if verdict.outcome == Outcome.ASSIGN else 0
    return Choice(
        request=request,
        outcome=verdict.outcome,
        chosen=tuple(row.person_id for row in ranked[:count]),
        reason_code=verdict.code,
        reason_text=verdict.text,
        shortlist=listed,
        rejected=tuple(draft.rejected),
        ranked=ranked,
        urgency=draft.urgency(now=now),
        gap=draft.gap,
        dr=draft.dr,
        dr_overridden=draft.dr_overridden,
        tie_break=tie_break(ranked, count=count, request=request, people=facts.by_id),
    )


def barrier_of(request: Request, *, now: dt.datetime) -> Rejection | None:
    """Return what stands against everybody, whoever they are."""
    if not request.needed:
        return Rejection(rule=FILLED_RULE)
    return Rejection(rule=STARTED_RULE) if request.starts_at <= now else None


class Draft:
    """The candidates of one booking on their way through the rules."""

    def __init__(self, *, request: Request, facts: Facts, policy: PolicyValues) -> None:
        self.request, self.facts, self.policy = request, facts, policy
        self.passed: list[Person] = []
        self.soft: dict[int, tuple[str, ...]] = {}
        """Which soft rules those who passed break; most break none."""
        self.rejected: list[tuple[Person, Rejection]] = []
        self.dr: DrView | None = None
        self.dr_overridden = False
        self.loads: dict[int, float] = {}
        self.gap: GapView | None = None

    def ask(self, people: Sequence[Person], *, now: dt.datetime) -> None:
        """Put everybody through the rules, unless the booking itself stands in the way."""
        barrier = barrier_of(self.request, now=now)
        if barrier is not None:
            self.rejected += [(person, barrier) for person in people]
            return
        self.ask_momentary_rules(people)
        self.ask_dr_rule()
        self.ask_gap_rule()

    def ask_momentary_rules(self, people: Sequence[Person]) -> None:
        asked = rules_about(self.request, self.facts)
        soft = self.policy.soft_rules
        for person in people:
            if person.id not in asked.people:
                self.passed.append(person)
                continue
            rejection, broken = momentary_rejection(
                person, self.request, facts=self.facts, soft=soft, rules=asked.rules
            )
            if rejection:
                self.rejected.append((person, rejection))
                continue
            self.passed.append(person)
            if broken:
                self.soft[person.id] = broken

    def admit(self, person: Person) -> None:
        """Let somebody pass whom a rule kept out: to see how far they would come."""
        self.rejected = [(other, no) for other, no in self.rejected if other.id != person.id]
        if person not in self.passed:
            self.passed.append(person)
            self.loads[person.id] = self.facts.load(person)

    def ask_dr_rule(self) -> None:
        """Exclude the consecutive person when the rule is hard and enough others remain."""
        self.dr = consecutive(self.request, facts=self.facts, policy=self.policy)
        if self.dr is None or self.dr.strength != "hard":
            return
        blocked = self.dr.people - set(self.request.pinned)
        others = [person for person in self.passed if person.id not in blocked]
        if len(others) == len(self.passed):
            return
        if len(others) < self.request.needed:
            self.dr_overridden = True
            return
        no = Rejection(rule=DR_RULE, values=(self.dr.booking_ref,))
        self._reject(dict.fromkeys(blocked, no))

    def ask_gap_rule(self) -> None:
        """Exclude those too far ahead of the least loaded; soft by policy = points instead."""
        if not self.passed:
            return
        hours = self.loads = self.facts.loads(self.passed)
        limit = self.policy.weighting.max_gap_hours
        pinned = self.request.pinned
        gap = gap_for(hours, needed=self.request.needed, max_gap_hours=limit, pinned=pinned)
        self.gap = gap
        if not gap.rejects(max(hours.values())):
            return
        ahead = {key for key, value in hours.items() if gap.rejects(value)} - set(pinned)
        if GAP_RULE in self.policy.soft_rules:
            for person_id in ahead:
                self.soft[person_id] = (*self.soft.get(person_id, ()), GAP_RULE)
            return
        least = round(gap.least, 2)
        self._reject(
            {
                key: Rejection(rule=GAP_RULE, values=(round(hours[key], 2), least, gap.limit))
                for key in ahead
            }
        )

    def rank(self, *, now: dt.datetime, places: int) -> tuple[Score, ...]:
        """Return the scores of those who are left, in order as far as so many places."""
        if self.gap is None:
            return ()
        scorer = Scorer(
            self.request,
            facts=self.facts,
            policy=self.policy,
            now=now,
            least=self.gap.least,
            urgency=self.urgency(now=now),
        )
        rows = scorer.scores(
            self.passed,
            loads=self.loads,
            soft_rules=self.soft,
            dr_penalties=dict.fromkeys(self.dr.people, self.dr.penalty) if self.dr else {},
        )
        return by_merit(rows, request=self.request, people=self.facts.by_id, places=places)

    def urgency(self, *, now: dt.datetime) -> float:
        kind = self.request.meeting_type
        return urgency(
            starts_at=self.request.starts_at,
            now=now,
            urgent_days=self.policy.days(kind).urgent,
            priority=self.policy.priority(kind),
        )

    def dr_penalty(self, person: Person) -> float:
        return self.dr.penalty if self.dr and person.id in self.dr.people else 0.0

    def _reject(self, rejections: Mapping[int, Rejection]) -> None:
        """Let these people, by id, not pass after all."""
        passed, self.passed = self.passed, []
        for person in passed:
            if person.id in rejections:
                self.rejected.append((person, rejections[person.id]))
            else:
                self.passed.append(person)
