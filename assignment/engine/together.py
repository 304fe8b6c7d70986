"""Bookings that are decided together, put as a problem of tasks and people. Pure.

Who can do what is asked of the same rules as for a single booking, on the facts before the plan;
what bookings of the plan forbid each other (time, buffer, caps, two DRs in a row) is the problem's.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assignment.engine.facts import Facts
from assignment.engine.joint import Cap, Problem, Task
from assignment.engine.pipeline import Draft, Shortlist, barrier_of, shortlist
from assignment.engine.request import Needs, Person, Request
from assignment.engine.rules import CHOSEN_OTHERWISE, Rejection
from assignment.engine.scoring import continuity_points, least_recently_served, stable_hash
from assignment.enums import FairShare, MeetingType
from assignment.policy_values import PolicyValues

EPOCH = dt.datetime(2000, 1, 3, tzinfo=dt.UTC)
POINTS = 1_000_000
"""Points are whole numbers of this part of a point of the score."""
DAY_MINUTES = 24 * 60


@dataclass(kw_only=True)
class Asked:
    """A booking with everybody's verdict before the plan; ``tasks``: its place in the problem."""

    request: Request
    shortlist: Shortlist
    draft: Draft
    tasks: tuple[int, ...] = ()

    @property
    def eligible(self) -> tuple[int, ...]:
        """Ids of those who could have it: nothing but a matter of choice stands against them."""
        over = (who.id for who, no in self.draft.rejected if no.rule in CHOSEN_OTHERWISE)
        return (*(who.id for who in self.draft.passed), *over)

    @property
    def rejected(self) -> tuple[tuple[Person, Rejection], ...]:
        """Who cannot whatever the plan, by the rules that depend on the time."""
        return tuple(self.draft.rejected)


@dataclass(frozen=True, kw_only=True)
class Together:
    """The bookings, the problem they make, and who its people are by index."""

    asked: tuple[Asked, ...]
    problem: Problem
    people: tuple[Person, ...]
    index: Mapping[int, int] = field(default_factory=dict)


def put_together(
    requests: Sequence[Request], *, facts: Facts, policy: PolicyValues, now: dt.datetime
) -> Together:
    """Return these bookings, in the order given, as one problem on these facts."""
    people = tuple(person for person in facts.people if person.active)
    index = {person.id: place for place, person in enumerate(people)}
    listed: dict[Needs, Shortlist] = {}
    chain = _DrChain(requests, facts=facts, policy=policy)
    facts.expect(len(requests))
    asked: list[Asked] = []
    tasks: list[Task] = []
    for request in requests:
        if request.needs not in listed:
            listed[request.needs] = shortlist(request.needs, people=facts.people)
        draft = Draft(request=request, facts=facts, policy=policy)
        row = Asked(request=request, shortlist=listed[request.needs], draft=draft)
        asked.append(row)
        if _ask(row, chain=chain, now=now) and _can_be_covered(row, policy=policy):
            new = tuple(_tasks(row, unit=len(asked) - 1, index=index))
            row.tasks = tuple(range(len(tasks), len(tasks) + len(new)))
            tasks += new
    priorities = tuple(policy.priority(row.request.meeting_type) for row in asked)
    refs = [asked[task.unit].request.ref for task in tasks]
    problem = Problem(
        tasks=tuple(tasks),
        offsets=_offsets(people, asked=asked, tasks=tasks, facts=facts),
        priorities=priorities,
        partial=frozenset(range(len(asked))) if policy.allow_partial else frozenset(),
        apart=chain.apart(asked),
        caps=tuple(_caps(asked, people=people, index=index, facts=facts, policy=policy)),
        gains=_gains(asked, index=index, facts=facts, policy=policy),
        idle=tuple(_idle(person, facts=facts, policy=policy, now=now) for person in people),
        tie=lambda task, who: stable_hash(refs[task], people[who].ref),
    )
    return Together(asked=tuple(asked), problem=problem, people=people, index=index)


def _ask(row: Asked, *, chain: _DrChain, now: dt.datetime) -> bool:
    """Put everybody through the rules; tell whether the booking can be decided at all."""
    barrier = barrier_of(row.request, now=now)
    if barrier is not None:
        row.draft.rejected += [(person, barrier) for person in row.shortlist.people]
        return False
    row.draft.ask_momentary_rules(row.shortlist.people)
    if chain.previous(row.request) is None:
        row.draft.ask_dr_rule()
    return True


def _can_be_covered(row: Asked, *, policy: PolicyValues) -> bool:
    passed = {person.id for person in row.draft.passed}
    if not passed.issuperset(row.request.pinned):
        return False
    return len(passed) >= row.request.needed or (policy.allow_partial and bool(passed))


def _tasks(row: Asked, *, unit: int, index: Mapping[int, int]) -> Iterator[Task]:
    """Yield a task for each open position; the first ones belong to who is pinned.

    Unsocial hours count by the clock of the first who can: those of one team share it.
    """
    request = row.request
    start, end = minutes_of(request.starts_at), minutes_of(request.ends_at)
    is_soft = "buffer" in row.draft.policy.soft_rules
    margin = 0 if is_soft else round(request.buffer.total_seconds() / 60)
    everybody = tuple(index[person.id] for person in row.draft.passed)
    extra = round(row.draft.facts.extra_seconds(request, row.draft.passed[0]) / 60)
    pinned = tuple(index[person_id] for person_id in request.pinned[: request.needed])
    others = tuple(who for who in everybody if who not in pinned)
    for place in range(request.needed):
        yield Task(
            start=start,
            end=max(end, start + 1),
            people=(pinned[place],) if place < len(pinned) else others,
            unit=unit,
            margin=margin,
            extra=extra,
        )


def minutes_of(moment: dt.datetime) -> int:
    """Return whole minutes since a Monday long ago."""
    return round((moment - EPOCH).total_seconds() / 60)


def _offsets(
    people: Sequence[Person], *, asked: Iterable[Asked], tasks: Sequence[Task], facts: Facts
) -> tuple[int, ...]:
    """Return minutes above the share that each person has once all tasks count."""
    above = {person.id: -facts.deficit_hours(person) * 60 for person in people}
    weights = {person.id: person.weight for person in people}
    for row in asked:
        minutes = sum(tasks[task].end - tasks[task].start for task in row.tasks)
        extra = sum(tasks[task].extra for task in row.tasks)
        if facts.fair_share == FairShare.OPPORTUNITY:
            _share(above, minutes, {key: weights[key] for key in row.eligible})
            _share(above, extra, weights)
            continue
        away = facts.presence.calibration(at=row.request.starts_at, seconds=minutes * 60)
        for key, seconds in away.items():
            above[key] += seconds / 60
        _share(above, minutes + extra + sum(away.values()) / 60, weights)
    return tuple(round(above[person.id]) for person in people)


def _share(above: dict[int, float], minutes: float, weights: Mapping[int, float]) -> None:
    """Let minutes that are to be served raise the shares of these people, by weight."""
    total = sum(weights.values())
    for key, weight in weights.items() if minutes else ():
        above[key] -= minutes * weight / total


def _idle(person: Person, *, facts: Facts, policy: PolicyValues, now: dt.datetime) -> int:
    """Return minutes since the last work, from 0 to the fairness window; never = the window."""
    window = policy.weighting.fairness_window_days
    last = facts.account(person.id).last_start
    days = None if last is None else (now - last).total_seconds() / 86_400
    return round(least_recently_served(days, window_days=window) * window * DAY_MINUTES)


def _gains(
    asked: Iterable[Asked], *, index: Mapping[int, int], facts: Facts, policy: PolicyValues
) -> dict[int, dict[int, int]]:
    """Return by task and person the points that are not fairness: 2-rules, "Score"."""
    gains: dict[int, dict[int, int]] = {}
    for row in asked:
        if not row.tasks:
            continue
        points = {
            index[person.id]: round(POINTS * value)
            for person in row.draft.passed
            if (value := _points(person, row, facts=facts, policy=policy))
        }
        if points:
            gains |= dict.fromkeys(row.tasks, points)
    return gains


def _points(person: Person, row: Asked, *, facts: Facts, policy: PolicyValues) -> float:
    preference = policy.w_preference if person.id in row.request.preferred else 0.0
    soft = policy.soft_penalty * len(row.draft.soft.get(person.id, ()))
    dr = row.draft.dr_penalty(person)
    return (
        preference + soft + dr + continuity_points(person, row.request, facts=facts, policy=policy)
    )


def _caps(
    asked: Iterable[Asked],
    *,
    people: Sequence[Person],
    index: Mapping[int, int],
    facts: Facts,
    policy: PolicyValues,
) -> Iterator[Cap]:
    """Yield what is left of each person's daily and weekly minutes where tasks compete for it."""
    rows = [row for row in asked if row.tasks]
    for rule, days in (("daily_minutes", 1), ("weekly_minutes", 7)):
        if rule in policy.soft_rules:
            continue
        for person in people:
            cap = person.daily_minutes_cap if days == 1 else person.weekly_minutes_cap
            if cap is None:
                continue
            able = [row for row in rows if any(who.id == person.id for who in row.draft.passed)]
            groups: dict[dt.date, set[int]] = defaultdict(set)
            for row in able:
                groups[_first_day(row.request, person, days=days)].update(row.tasks)
            for first, tasks in groups.items():
                yield Cap(
                    person=index[person.id],
                    tasks=frozenset(tasks),
                    minutes=cap - _worked(person, facts=facts, first=first, days=days),
                )


def _first_day(request: Request, person: Person, *, days: int) -> dt.date:
    day = request.starts_at.astimezone(person.zone).date()
    return day if days == 1 else day - dt.timedelta(days=day.weekday())


def _worked(person: Person, *, facts: Facts, first: dt.date, days: int) -> int:
    start = dt.datetime.combine(first, dt.time(), person.zone)
    end = dt.datetime.combine(first + dt.timedelta(days=days), dt.time(), person.zone)
    rows = facts.starting_within(person.id, start=start, end=end)
    return round(sum((work.ends_at - work.starts_at).total_seconds() for work in rows) / 60)


class _DrChain:
    """Which DR of the batch comes right before which, where the rule is hard."""

    def __init__(self, requests: Sequence[Request], *, facts: Facts, policy: PolicyValues) -> None:
        self.window = dt.timedelta(days=policy.weighting.fairness_window_days)
        self.facts = facts
        hard = policy.dr_strength == "hard"
        self.rows = sorted(
            (row for row in requests if hard and row.meeting_type == MeetingType.DR),
            key=lambda row: (row.starts_at, row.ref),
        )

    def previous(self, request: Request) -> Request | None:
        """Return the DR of the batch before this one, unless one that is bound lies between."""
        if request.meeting_type != MeetingType.DR:
            return None
        before = [row for row in self.rows if row.starts_at < request.starts_at]
        if not before or before[-1].starts_at < request.starts_at - self.window:
            return None
        bound = self.facts.latest_dr(before=request.starts_at, after=before[-1].starts_at)
        if bound and (bound.starts_at, bound.booking_ref) > (before[-1].starts_at, before[-1].ref):
            return None
        return before[-1]

    def apart(self, asked: Iterable[Asked]) -> dict[int, frozenset[int]]:
        """Return for each task of a DR the tasks of the DRs right before and after it."""
        tasks = {row.request.ref: row.tasks for row in asked if row.tasks}
        found: dict[int, set[int]] = defaultdict(set)
        for row in self.rows:
            previous = self.previous(row)
            for task in tasks.get(row.ref, ()):
                for other in tasks.get(previous.ref, ()) if previous else ():
                    found[task].add(other)
                    found[other].add(task)
        return {task: frozenset(others) for task, others in found.items()}
