"""The fairness ledger: hours by person against the fair share (equal outcome).

Derived from the assignments each time; nobody is left out for being idle. Equal outcome:
the hours of all active people, split by their weights.
"""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from assignment.engine.facts import Facts
from assignment.engine.loading import load_accounts
from assignment.models import Interpreter
from assignment.policy_values import PolicyValues


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One person: hours in the window, the fair share in hours, hours above it."""

    ref: str
    name: str
    team: str
    weight: float
    hours: float
    share: float

    @property
    def deviation(self) -> float:
        """Hours above the fair share; negative when below."""
        return self.hours - self.share


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """All active people, and the standard deviation of their hours by weight."""

    definition: str
    rows: tuple[Standing, ...]
    spread: float


def fairness(*, now: dt.datetime, policy: PolicyValues) -> Fairness:
    """Return how the hours stand against the fair share, by ref. Four queries."""
    window = dt.timedelta(days=policy.weighting.fairness_window_days)
    accounts = load_accounts(window_start=now - window)
    people = list(active_people().select_related("team").order_by("ref"))
    total = sum(accounts[row.pk].seconds for row in people if row.pk in accounts) / 3600
    weight = sum(float(row.weight) for row in people)
    rows = tuple(
        Standing(
            ref=row.ref,
            name=row.name,
            team=row.team.name if row.team else "",
            weight=float(row.weight),
            hours=round(accounts[row.pk].seconds / 3600, 4) if row.pk in accounts else 0.0,
            share=round(total * float(row.weight) / weight, 4),
        )
        for row in people
    )
    by_weight = [row.hours / row.weight for row in rows]
    spread = round(statistics.pstdev(by_weight), 4) if rows else 0.0
    return Fairness(definition="equal outcome", rows=rows, spread=spread)


def active_people() -> QuerySet[Interpreter]:
    """Return the interpreters who are active, in an active team or in none."""
    return Interpreter.objects.filter(Q(team__isnull=True) | Q(team__active=True), active=True)


def spread_of_hours(facts: Facts) -> float:
    """Return the standard deviation of hours by weight of all active people, idle included."""
    hours = [facts.hours(person) for person in facts.people if person.active]
    return round(statistics.pstdev(hours), 4) if hours else 0.0
