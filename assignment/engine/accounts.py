"""Reads the fairness accounts from the assignments: a constant number of queries.

Nothing is kept between two readings: no pointer, no running sum.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery, Sum

from assignment.engine import unsocial
from assignment.engine.opportunity import pack_people, split_by_weight
from assignment.engine.pipeline import shortlist
from assignment.engine.presence import Absence, Presence
from assignment.engine.request import Needs, Person
from assignment.engine.shares import Account
from assignment.enums import FairShare
from assignment.expressions import Seconds
from assignment.models import Assignment, Interpreter, Leave, LedgerAdjustment, Opportunity
from assignment.models.fields import split_tags
from assignment.policy_values import PolicyValues, UnsocialHours
from assignment.querysets import AssignmentQuerySet

LENGTH = Seconds("starts_at", "ends_at")
BY_ACTIVE_PEOPLE = Q(interpreter__active=True) & (
    Q(interpreter__team__isnull=True) | Q(interpreter__team__active=True)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """An interpreter as the ledger sees them; ``zone`` names their own zone or their team's."""

    id: int
    ref: str
    name: str
    team: str
    weight: float
    active: bool
    known_since: dt.datetime
    zone: str


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Everybody (by ref), their accounts, and who was away when."""

    members: tuple[Member, ...]
    accounts: dict[int, Account]
    presence: Presence


def load_ledger(
    *,
    window_start: dt.datetime,
    policy: PolicyValues,
    people: Callable[[], Sequence[Person]],
) -> Ledger:
    """Return the accounts of the window that begins there. Five to seven queries.

    ``people`` returns everybody, to be asked who could have had work without a decision. The
    sums read a range of the index on starts_at; the last start is one index look-up a person,
    so neither grows with the history.
    """
    work = work_since(window_start)
    members, accounts = _members()
    first_starts = _add_work(accounts, work)
    _add_adjustments(accounts, window_start=window_start)
    presence = _presence(members, first_starts, window_start=window_start)
    if unsocial.is_on(policy.unsocial):
        _add_unsocial_hours(accounts, work, members=members, rule=policy.unsocial)
    if policy.fair_share == FairShare.OPPORTUNITY:
        _add_opportunities(accounts, work, members=members, presence=presence, people=people)
    elif presence:
        _calibrate(accounts, work, presence=presence)
    return Ledger(members=members, accounts=accounts, presence=presence)


def work_since(window_start: dt.datetime) -> AssignmentQuerySet:
    """Return the active and completed work that starts after an instant, future work included."""
    return Assignment.objects.busy().filter(starts_at__gt=window_start).order_by()


def _members() -> tuple[tuple[Member, ...], dict[int, Account]]:
    latest = (
        Assignment.objects.busy()
        .filter(interpreter_id=OuterRef("pk"))
        .order_by("-starts_at")
        .values("starts_at")[:1]
    )
    rows = Interpreter.objects.order_by().values_list(
        "pk",
        "ref",
        "name",
        "team__name",
        "weight",
        "active",
        "team__active",
        "created_at",
        "time_zone",
        "team__time_zone",
        Subquery(latest),
    )
    members, accounts = [], {}
    for key, ref, name, team, weight, active, team_active, since, own, team_zone, last in rows:
        accounts[key] = Account(last_start=last)
        members.append(
            Member(
                id=key,
                ref=ref,
                name=name,
                team=team or "",
                weight=float(weight),
                active=active and team_active is not False,
                known_since=since,
                zone=own or team_zone or "UTC",
            )
        )
    return tuple(sorted(members, key=lambda member: member.ref)), accounts


def _add_work(accounts: Mapping[int, Account], work: AssignmentQuerySet) -> dict[int, dt.datetime]:
    """Add the sums of work; return the first start of each person in the window."""
    first_starts = {}
    sums = work.values_list("interpreter_id").annotate(seconds=Sum(LENGTH), first=Min("starts_at"))
    for person_id, seconds, first_start in sums:
        accounts[person_id].seconds += seconds
        first_starts[person_id] = first_start
    return first_starts


def _add_adjustments(accounts: Mapping[int, Account], *, window_start: dt.datetime) -> None:
    rows = LedgerAdjustment.objects.filter(effective_at__gt=window_start).order_by()
    for person_id, minutes in rows.values_list("interpreter_id").annotate(Sum("minutes")):
        accounts[person_id].posted += minutes * 60
        accounts[person_id].seconds += minutes * 60


def _presence(
    members: Sequence[Member],
    first_starts: Mapping[int, dt.datetime],
    *,
    window_start: dt.datetime,
) -> Presence:
    """Return who was away: on leave, or not there yet.

    A newcomer is somebody whom this system knows since a later day (UTC) than the first it knew
    anybody, and who has no work from before. Whoever was there on its first day was there always.
    """
    active = {member.id: member for member in members if member.active}
    rows = Leave.objects.filter(ends_at__gt=window_start).order_by("pk")
    absences = [
        Absence(person_id=key, weight=active[key].weight, start=starts_at, end=ends_at)
        for key, starts_at, ends_at in rows.values_list("interpreter_id", "starts_at", "ends_at")
        if key in active
    ]
    beginning = min((_day(member.known_since) for member in members), default=window_start)
    for key, member in active.items():
        known_since = _day(member.known_since)
        came = min(known_since, first_starts.get(key, known_since))
        if known_since > beginning and came > window_start:
            absences.append(
                Absence(person_id=key, weight=member.weight, start=window_start, end=came)
            )
    return Presence(absences, total_weight=sum(member.weight for member in active.values()))


def _day(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _calibrate(
    accounts: Mapping[int, Account], work: AssignmentQuerySet, *, presence: Presence
) -> None:
    first, last = presence.span
    rows = work.filter(BY_ACTIVE_PEOPLE, starts_at__gte=first, starts_at__lt=last)
    worked = rows.values_list("starts_at").annotate(seconds=Sum(LENGTH))
    for person_id, seconds in presence.calibrations(worked.iterator()).items():
        accounts[person_id].calibrated += seconds
        accounts[person_id].seconds += seconds


def _add_unsocial_hours(
    accounts: Mapping[int, Account],
    work: AssignmentQuerySet,
    *,
    members: Sequence[Member],
    rule: UnsocialHours,
) -> None:
    zones = {member.id: unsocial.zone_of(member.zone) for member in members}
    rows = work.values_list("interpreter_id", "starts_at", "ends_at").iterator()
    for person_id, start, end in rows:
        extra = unsocial.extra_seconds(rule, start=start, end=end, zone=zones[person_id])
        accounts[person_id].unsocial += extra
        accounts[person_id].seconds += extra


def _add_opportunities(
    accounts: Mapping[int, Account],
    work: AssignmentQuerySet,
    *,
    members: Sequence[Member],
    presence: Presence,
    people: Callable[[], Sequence[Person]],
) -> None:
    """Split each booking over those who could have had it, by the weights they have now."""
    kept = Opportunity.objects.filter(booking=OuterRef("booking")).values("people")
    masks = work.annotate(mask=Subquery(kept)).values_list("mask").annotate(seconds=Sum(LENGTH))
    shared = [(mask, seconds) for mask, seconds in masks.iterator() if mask is not None]
    undecided = work.exclude(booking__in=Opportunity.objects.values("booking"))
    shared += _as_it_stands(undecided, presence=presence, people=people)
    weights = {member.id: member.weight for member in members}
    for person_id, seconds in split_by_weight(shared, weights=weights).items():
        accounts[person_id].entitled = seconds


def _as_it_stands(
    work: QuerySet[Assignment], *, presence: Presence, people: Callable[[], Sequence[Person]]
) -> Iterator[tuple[bytes, int]]:
    """Yield mask and seconds of work that no decision is stored for: by hand, or taken over.

    Those who pass the standing rules today and were not away then could have had it.
    """
    rows = work.values_list(
        "starts_at",
        "booking__languages",
        "booking__skills",
        "booking__team_id",
        "booking__tenant_id",
    ).annotate(seconds=Sum(LENGTH))
    masks: dict[tuple[Needs, frozenset[int]], bytes] = {}
    for starts_at, languages, skills, team_id, tenant_id, seconds in rows.iterator():
        needs = Needs(
            team_id=team_id,
            tenant_id=tenant_id,
            languages=split_tags(languages),
            skills=split_tags(skills),
        )
        away = presence.away_at(starts_at)
        if (needs, away) not in masks:
            able = shortlist(needs, people=people()).people
            masks[needs, away] = pack_people(row.id for row in able if row.id not in away)
        yield masks[needs, away], seconds
