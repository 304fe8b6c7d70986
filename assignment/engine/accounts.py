"""Reads the fairness accounts from the assignments: a constant number of queries.

Nothing is kept between two readings: no pointer, no running sum.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import (
    Case,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from assignment.engine import unsocial
from assignment.engine.members import Member, Supposed, read_members, read_presence
from assignment.engine.opportunity import pack_people, split_by_weight
from assignment.engine.pipeline import shortlist
from assignment.engine.presence import Presence
from assignment.engine.request import Needs, Person
from assignment.engine.shares import Account
from assignment.enums import FairShare
from assignment.expressions import Seconds
from assignment.models import Assignment, LedgerAdjustment, Opportunity
from assignment.models.fields import split_tags
from assignment.policy_values import PolicyValues, UnsocialHours
from assignment.querysets import AssignmentQuerySet

LENGTH = Seconds("starts_at", "ends_at")
BY_ACTIVE_PEOPLE = Q(interpreter__active=True) & (
    Q(interpreter__team__isnull=True) | Q(interpreter__team__active=True)
)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Everybody (by ref), who was away when, and the accounts of each period of the window."""

    members: tuple[Member, ...]
    presence: Presence
    periods: tuple[dict[int, Account], ...]

    @property
    def accounts(self) -> dict[int, Account]:
        """The accounts of a window that is one period."""
        (accounts,) = self.periods
        return accounts


class _Periods:
    """The accounts of each period; a period ends where the next begins, at an edge."""

    def __init__(self, edges: Sequence[dt.datetime], *, members: Mapping[int, Account]) -> None:
        self.edges = list(edges)
        self.accounts = tuple(
            {key: replace(account) for key, account in members.items()}
            for _ in range(len(edges) + 1)
        )

    def column(self, name: str) -> Combinable:
        """Return the place of a row's period as an expression."""
        if not self.edges:
            return Value(0)
        whens = [When(**{f"{name}__lt": edge}, then=n) for n, edge in enumerate(self.edges)]
        return Case(*whens, default=len(self.edges), output_field=IntegerField())

    def of(self, at: dt.datetime) -> dict[int, Account]:
        """Return the accounts of the period in which an instant lies."""
        return self.accounts[bisect.bisect_right(self.edges, at)]


def load_ledger(
    *,
    window_start: dt.datetime,
    policy: PolicyValues,
    people: Callable[[], Sequence[Person]],
    edges: Sequence[dt.datetime] = (),
    supposed: Supposed | None = None,
) -> Ledger:
    """Return the accounts of the window that begins there. Four to eight queries.

    ``people`` returns everybody, to be asked who could have had work without a decision. The
    sums read a range of the index on starts_at; the last start is one index look-up a person,
    so neither grows with the history. ``edges`` cut the window into periods. ``supposed``: the
    accounts as they would be then.
    """
    work = work_since(window_start)
    if supposed:
        work = work.exclude(pk__in=supposed.gone)
    members, opened = read_members()
    periods = _Periods(edges, members=opened)
    first_starts = _add_work(periods, work)
    _add_adjustments(periods, window_start=window_start)
    presence = read_presence(members, first_starts, window_start=window_start, supposed=supposed)
    if unsocial.is_on(policy.unsocial):
        _add_unsocial_hours(periods, work, members=members, rule=policy.unsocial)
    ledger = Ledger(members=members, presence=presence, periods=periods.accounts)
    _measure(periods, work, ledger=ledger, fair_share=policy.fair_share, people=people)
    return ledger


def measured_by(
    fair_share: str,
    *,
    ledger: Ledger,
    window_start: dt.datetime,
    people: Callable[[], Sequence[Person]],
) -> Ledger:
    """Return a ledger of one period measured by another fair share: one to four queries."""
    bare = {
        key: replace(account, seconds=account.seconds - account.calibrated, calibrated=0, owed=0)
        for key, account in ledger.accounts.items()
    }
    periods = _Periods((), members=bare)
    work = work_since(window_start)
    _measure(periods, work, ledger=ledger, fair_share=fair_share, people=people)
    return replace(ledger, periods=periods.accounts)


def _measure(
    periods: _Periods,
    work: AssignmentQuerySet,
    *,
    ledger: Ledger,
    fair_share: str,
    people: Callable[[], Sequence[Person]],
) -> None:
    """Add what one definition of a fair share needs beside the sums."""
    members, presence = ledger.members, ledger.presence
    if fair_share == FairShare.OPPORTUNITY:
        _add_opportunities(periods, work, members=members, presence=presence, people=people)
    elif presence:
        _calibrate(periods, work, presence=presence)


def work_since(window_start: dt.datetime) -> AssignmentQuerySet:
    """Return the active and completed work that starts after an instant, future work included."""
    return Assignment.objects.busy().filter(starts_at__gt=window_start).order_by()


def _add_work(periods: _Periods, work: AssignmentQuerySet) -> dict[int, dt.datetime]:
    """Add the sums of work; return the first start of each person in the window."""
    first_starts: dict[int, dt.datetime] = {}
    sums = work.annotate(period=periods.column("starts_at")).values_list("period", "interpreter_id")
    for period, person_id, seconds, first in sums.annotate(
        seconds=Sum(LENGTH), first=Min("starts_at")
    ):
        account = periods.accounts[period].get(person_id)
        if account is None:  # work can outlive its person by a bad restore
            continue
        account.seconds += seconds
        first_starts[person_id] = min(first, first_starts.get(person_id, first))
    return first_starts


def _add_adjustments(periods: _Periods, *, window_start: dt.datetime) -> None:
    rows = LedgerAdjustment.objects.filter(effective_at__gt=window_start).order_by()
    sums = rows.annotate(period=periods.column("effective_at"))
    for period, person_id, minutes in sums.values_list("period", "interpreter_id").annotate(
        total=Sum("minutes")
    ):
        account = periods.accounts[period].get(person_id)
        if account is None:
            continue
        account.posted += minutes * 60
        account.seconds += minutes * 60


def _calibrate(periods: _Periods, work: AssignmentQuerySet, *, presence: Presence) -> None:
    first, last = presence.span
    rows = work.filter(BY_ACTIVE_PEOPLE, starts_at__gte=first, starts_at__lt=last)
    worked = rows.annotate(period=periods.column("starts_at")).values_list("period", "starts_at")
    by_period: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    for period, starts_at, seconds in worked.annotate(seconds=Sum(LENGTH)).iterator():
        by_period[period].append((starts_at, seconds))
    for period, starts in by_period.items():
        for person_id, seconds in presence.calibrations(starts).items():
            periods.accounts[period][person_id].calibrate(seconds)


def _add_unsocial_hours(
    periods: _Periods, work: AssignmentQuerySet, *, members: Sequence[Member], rule: UnsocialHours
) -> None:
    zones = {member.id: unsocial.zone_of(member.zone) for member in members}
    rows = work.values_list("interpreter_id", "starts_at", "ends_at").iterator()
    for person_id, start, end in rows:
        extra = unsocial.extra_seconds(rule, start=start, end=end, zone=zones[person_id])
        account = periods.of(start)[person_id]
        account.unsocial += extra
        account.seconds += extra


def _add_opportunities(
    periods: _Periods,
    work: AssignmentQuerySet,
    *,
    members: Sequence[Member],
    presence: Presence,
    people: Callable[[], Sequence[Person]],
) -> None:
    """Split each booking over those who could have had it, by the weights they have now."""
    kept = Opportunity.objects.filter(booking=OuterRef("booking")).values("people")
    rows = work.annotate(period=periods.column("starts_at"), mask=Subquery(kept))
    shared: list[list[tuple[bytes, int]]] = [[] for _ in periods.accounts]
    sums = rows.values_list("period", "mask").annotate(seconds=Sum(LENGTH))
    for period, mask, seconds in sums.iterator():
        if mask is not None:
            shared[period].append((mask, seconds))
    undecided = work.filter(~Exists(kept))
    for starts_at, mask, seconds in _as_it_stands(undecided, presence=presence, people=people):
        shared[bisect.bisect_right(periods.edges, starts_at)].append((mask, seconds))
    weights = {member.id: member.weight for member in members}
    for accounts, parts in zip(periods.accounts, shared, strict=True):
        for person_id, entitled in split_by_weight(parts, weights=weights).items():
            accounts[person_id].entitled = entitled


def _as_it_stands(
    work: QuerySet[Assignment], *, presence: Presence, people: Callable[[], Sequence[Person]]
) -> Iterator[tuple[dt.datetime, bytes, int]]:
    """Yield start, mask and seconds of work that no decision is stored for: by hand, or taken over.

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
        yield starts_at, masks[needs, away], seconds
