"""The fairness ledger: hours by person against the fair share, in the policy's definition.

Derived from the assignments each time; nobody is left out for being idle.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Q, QuerySet

from assignment.collecting import at_rest
from assignment.engine.accounts import Ledger, load_ledger, measured_by
from assignment.engine.facts import Facts
from assignment.engine.people import load_standing_people
from assignment.enums import FairShare
from assignment.models import Interpreter
from assignment.policy_values import PolicyValues


class Standing(NamedTuple):
    """One person: hours in the window, the fair share in hours, hours above it.

    Of the hours, ``posted`` come from adjustments, ``calibrated`` from time away, and
    ``unsocial`` on top of the length of work; the rest is work.
    """

    ref: str
    name: str
    team: str
    weight: float
    hours: float
    share: float
    posted: float = 0.0
    calibrated: float = 0.0
    unsocial: float = 0.0

    @property
    def deviation(self) -> float:
        """Hours above the fair share; negative when below."""
        return self.hours - self.share

    @property
    def worked(self) -> float:
        """Hours of work."""
        return self.hours - self.posted - self.calibrated - self.unsocial


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """All active people, and the standard deviation of their hours above the share, by weight.

    ``definition`` names the fair share in words.
    """

    definition: str
    rows: tuple[Standing, ...]
    spread: float

    @property
    def deviations(self) -> dict[str, float]:
        """Hours above the fair share, by ref."""
        return {row.ref: row.deviation for row in self.rows}


def fairness(*, now: dt.datetime, policy: PolicyValues) -> Fairness:
    """Return how the hours stand against the fair share, by ref. Two to six queries."""
    window = dt.timedelta(days=policy.weighting.fairness_window_days)
    with at_rest():
        return stand(read_ledger(window_start=now - window, policy=policy))


def read_ledger(*, window_start: dt.datetime, policy: PolicyValues) -> Ledger:
    """Return the accounts of the window that begins there."""
    return load_ledger(window_start=window_start, policy=policy, people=load_standing_people)


def by_every_share(ledger: Ledger, *, window_start: dt.datetime) -> tuple[Fairness, ...]:
    """Return how a ledger's hours stand in each definition of a fair share."""
    found = []
    for name in FairShare:
        measured = ledger
        if name != ledger.fair_share:
            measured = measured_by(
                name, ledger=ledger, window_start=window_start, people=load_standing_people
            )
        found.append(stand(measured))
    return tuple(found)


def stand(ledger: Ledger) -> Fairness:
    """Return how the hours of a ledger stand against the fair share, by ref."""
    (totals,), active = ledger.totals(), ledger.active
    accounts = [ledger.accounts[member.id] for member in active]
    shares = [
        totals.share_seconds(account, weight=member.weight)
        for member, account in zip(active, accounts, strict=True)
    ]
    whole = list(zip(active, accounts, shares, strict=True))
    rows = [
        Standing(  # by place, as a thousand of them by name take a millisecond more
            member.ref,
            member.name,
            member.team,
            member.weight,
            _hours(account.seconds),
            _hours(share),
            _hours(account.posted),
            _hours(account.calibrated),
            _hours(account.unsocial),
        )
        for member, account, share in whole
    ]
    return Fairness(
        definition=str(FairShare(ledger.fair_share).label),
        rows=tuple(rows),
        spread=spread(
            [(share - account.seconds) / 3600 / member.weight for member, account, share in whole]
        ),
    )


def active_people() -> QuerySet[Interpreter]:
    """Return the interpreters who are active, in an active team or in none."""
    return Interpreter.objects.filter(Q(team__isnull=True) | Q(team__active=True), active=True)


def spread_of_hours(facts: Facts) -> float:
    """Return the standard deviation of what all active people are compared by, idle included."""
    return spread([facts.load(person) for person in facts.people if person.active])


def spread(hours: Sequence[float]) -> float:
    """Return the standard deviation, in four digits; 0 of nobody."""
    if not hours:
        return 0.0
    mean = math.fsum(hours) / len(hours)
    return round(math.sqrt(math.fsum((each - mean) ** 2 for each in hours) / len(hours)), 4)


@lru_cache(maxsize=10_000)  # work comes in quarters of an hour, so that many have the same sum
def _hours(seconds: float) -> float:
    return round(seconds / 3600, 4)
