"""Reads the fairness accounts from the assignments: a constant number of queries.

Nothing is kept between two readings: no pointer, no running sum.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from assignment.engine.members import Member, Supposed, presence_of, read_members
from assignment.engine.opportunity import pack_people, split_by_weight
from assignment.engine.pipeline import shortlist
from assignment.engine.presence import Presence
from assignment.engine.request import Needs, Person
from assignment.engine.shares import Account, Totals
from assignment.engine.sums import LENGTH, Periods, add_sums, work_since
from assignment.enums import FairShare
from assignment.models import Assignment
from assignment.models.fields import split_tags
from assignment.policy_values import PolicyValues
from assignment.querysets import AssignmentQuerySet

EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
BY_ACTIVE_PEOPLE = Q(interpreter__active=True) & (
    Q(interpreter__team__isnull=True) | Q(interpreter__team__active=True)
)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Everybody (by ref), who was away when, and the accounts of each period of the window.

    ``fair_share`` names the definition that they are measured by.
    """

    members: tuple[Member, ...]
    presence: Presence
    periods: tuple[dict[int, Account], ...]
    fair_share: str

    @property
    def accounts(self) -> dict[int, Account]:
        """The accounts of a window that is one period."""
        (accounts,) = self.periods
        return accounts

    @cached_property
    def active(self) -> tuple[Member, ...]:
        """Those who have a fair share, by ref."""
        return tuple([member for member in self.members if member.active])

    def totals(self) -> tuple[Totals, ...]:
        """Return the sums over the active people, of each period."""
        weights = [(member.id, member.weight) for member in self.active]
        return tuple(
            Totals.of(
                [(accounts[key], weight) for key, weight in weights], fair_share=self.fair_share
            )
            for accounts in self.periods
        )

    def deficits(self) -> dict[int, float]:
        """Return hours below the fair share of the active people, of a window of one period."""
        (totals,) = self.totals()
        return {
            member.id: totals.deficit_hours(self.accounts[member.id], weight=member.weight)
            for member in self.active
        }


def load_ledger(
    *,
    window_start: dt.datetime,
    policy: PolicyValues,
    people: Callable[[], Sequence[Person]],
    edges: Sequence[dt.datetime] = (),
    with_last_start: bool = False,
    supposed: Supposed | None = None,
) -> Ledger:
    """Return the accounts of the window that begins there. Two to six queries.

    ``people`` returns everybody, to be asked who could have had work without a decision. The
    sums read a range of the index on starts_at; the last start, read when asked for, is one
    index look-up a person, so neither grows with the history. ``edges`` cut the window into
    periods. ``supposed``: the accounts as they would be then.
    """
    gone = supposed.gone if supposed else ()
    work = work_since(window_start).exclude(pk__in=gone)
    members = read_members(window_start=window_start, with_last_start=with_last_start)
    opened = tuple(
        {member.id: Account(last_start=member.last_start) for member in members}
        for _ in range(len(edges) + 1)
    )
    periods = Periods(edges, opened)
    leave = add_sums(
        periods, window_start=window_start, rule=policy.unsocial, members=members, gone=gone
    )
    if supposed:
        leave.append((supposed.person_id, *supposed.leave))
    ledger = Ledger(
        members=members,
        presence=presence_of(members, leave, window_start=window_start),
        periods=periods.accounts,
        fair_share=policy.fair_share,
    )
    _measure(periods, work, ledger=ledger, people=people)
    return ledger


def measured_by(
    fair_share: str,
    *,
    ledger: Ledger,
    window_start: dt.datetime,
    people: Callable[[], Sequence[Person]],
) -> Ledger:
    """Return a ledger of one period measured by another fair share: one to three queries."""
    bare = {
        key: replace(account, seconds=account.seconds - account.calibrated, calibrated=0, owed=0)
        for key, account in ledger.accounts.items()
    }
    periods = Periods((), (bare,))
    work = work_since(window_start)
    measured = replace(ledger, periods=periods.accounts, fair_share=fair_share)
    _measure(periods, work, ledger=measured, people=people)
    return measured


def _measure(
    periods: Periods,
    work: AssignmentQuerySet,
    *,
    ledger: Ledger,
    people: Callable[[], Sequence[Person]],
) -> None:
    """Add what the ledger's definition of a fair share needs beside the sums."""
    members, presence = ledger.members, ledger.presence
    if ledger.fair_share == FairShare.OPPORTUNITY:
        _add_opportunities(periods, work, members=members, presence=presence, people=people)
        return
    if presence:
        _calibrate(periods, work, presence=presence)
    _calibrate_late(periods, work, members=ledger.active)


def _calibrate(periods: Periods, work: AssignmentQuerySet, *, presence: Presence) -> None:
    first, last = presence.span
    rows = work.filter(BY_ACTIVE_PEOPLE, starts_at__gte=first, starts_at__lt=last)
    worked = rows.annotate(period=periods.column("starts_at")).values_list("period", "starts_at")
    by_period: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    for period, starts_at, seconds in worked.annotate(seconds=Sum(LENGTH)).iterator():
        by_period[period].append((starts_at, seconds))
    for period, starts in by_period.items():
        for person_id, seconds in presence.calibrations(starts).items():
            periods.accounts[period][person_id].calibrate(seconds)


def _calibrate_late(
    periods: Periods, work: AssignmentQuerySet, *, members: Sequence[Member]
) -> None:
    """Count for whoever came later what runs had given by then of the work that starts since.

    They could have had none of it; the average by weight of those who were known already.
    """
    late = sorted((m for m in members if m.known), key=_known)
    if not late:
        return
    moments = [_known(member) for member in late]
    given = work.filter(BY_ACTIVE_PEOPLE, operation__isnull=False, created_at__lt=moments[-1])
    rows = given.values_list(periods.column("starts_at"), "starts_at", "created_at", LENGTH)
    missed: dict[tuple[int, int], int] = defaultdict(int)
    for period, starts_at, created_at, seconds in rows.iterator(chunk_size=10_000):
        for member in late[bisect.bisect_right(moments, created_at) :]:
            if member.came is None or starts_at >= member.came:
                missed[period, member.id] += seconds
    parts = _parts_beside(late, members=members)
    for (period, person_id), seconds in missed.items():
        periods.accounts[period][person_id].calibrate(seconds * parts.get(person_id, 0.0))


def _known(member: Member) -> dt.datetime:
    return member.known or EVER


def _parts_beside(late: Sequence[Member], *, members: Sequence[Member]) -> dict[int, float]:
    """Return, by id, the weight of each of these by that of all who were known before them."""
    before = sorted(members, key=_known)
    sums = [0.0, *accumulate(member.weight for member in before)]
    moments = [_known(member) for member in before]
    return {
        row.id: row.weight / weight
        for row in late
        if (weight := sums[bisect.bisect_left(moments, _known(row))])
    }


def _add_opportunities(
    periods: Periods,
    work: AssignmentQuerySet,
    *,
    members: Sequence[Member],
    presence: Presence,
    people: Callable[[], Sequence[Person]],
) -> None:
    """Split each booking over those who could have had it, by the weights they have now."""
    shared: list[list[tuple[bytes, int]]] = [[] for _ in periods.accounts]
    rows = work.values_list(
        periods.column("starts_at"), "booking__opportunity__people", LENGTH
    ).iterator(chunk_size=10_000)
    undecided = work.none()
    for period, mask, seconds in rows:
        if mask is None:
            undecided = work.filter(booking__opportunity__isnull=True)
        else:
            shared[period].append((mask, seconds))
    for starts_at, mask, seconds in _as_it_stands(undecided, presence=presence, people=people):
        shared[bisect.bisect_right(periods.edges, starts_at)].append((mask, seconds))
    weights = {member.id: member.weight for member in members}
    for accounts, parts in zip(periods.accounts, shared, strict=True):
        for person_id, entitled in split_by_weight(parts, weights=weights).items():
            accounts[person_id].entitled = entitled


def _as_it_stands(
    work: QuerySet[Assignment], *, presence: Presence, people: Callable[[], Sequence[Person]]
) -> Iterator[tuple[dt.datetime, bytes, int]]:
    """Yield start, mask and seconds of work for which nobody stored who could have had it.

    That is what was given by hand or taken over, and sessions. Those who pass the standing rules
    today and were not away then could have had it.
    """
    asked = ("languages", "skills", "team_id", "tenant_id")
    needed = (Coalesce(f"booking__{name}", f"session__{name}") for name in asked)
    rows = work.values_list("starts_at", *needed).annotate(seconds=Sum(LENGTH))
    everybody: Sequence[Person] | None = None
    able: dict[Needs, frozenset[int]] = {}
    masks: dict[tuple[Needs, frozenset[int]], bytes] = {}
    for starts_at, languages, skills, team_id, tenant_id, seconds in rows.iterator():
        needs = Needs(
            team_id=team_id,
            tenant_id=tenant_id,
            languages=split_tags(languages),
            skills=split_tags(skills),
        )
        away = presence.away_at(starts_at)
        if needs not in able:
            everybody = people() if everybody is None else everybody
            able[needs] = frozenset(row.id for row in shortlist(needs, people=everybody).people)
        if (needs, away) not in masks:
            masks[needs, away] = pack_people(able[needs] - away)
        yield starts_at, masks[needs, away], seconds
