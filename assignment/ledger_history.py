"""Fairness over time: how everybody's balance against the fair share grew, period by period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import accumulate

from assignment.engine.accounts import Ledger, load_ledger
from assignment.engine.people import load_standing_people
from assignment.enums import FairShare
from assignment.ledger import spread
from assignment.policy_values import PolicyValues

PERIODS = 12


@dataclass(frozen=True, kw_only=True)
class Course:
    """One active person: hours above the fair share at the end of each period, by then."""

    id: int
    ref: str
    name: str
    team: str
    team_id: int | None
    weight: float
    hours: float
    share: float
    balances: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """Courses by ref; ``ends``: where each period ends, the last one with all that is booked.

    ``spreads``: the standard deviation of the balances by weight at these ends.
    """

    definition: str
    start: dt.datetime
    ends: tuple[dt.datetime | None, ...]
    courses: tuple[Course, ...]
    ledger: Ledger

    @property
    def deviations(self) -> dict[str, float]:
        """Hours above the fair share in the end, by ref."""
        return {row.ref: row.balances[-1] for row in self.courses}

    @property
    def spreads(self) -> tuple[float, ...]:
        """How far the balances lie from each other at the end of each period, in hours."""
        return tuple(
            spread([row.balances[place] / row.weight for row in self.courses])
            for place in range(len(self.ends))
        )


def read_history(*, now: dt.datetime, days: int, policy: PolicyValues) -> History:
    """Return the course of the last ``days`` days in twelve periods, and of what is booked.

    As many queries as ``fairness``. Shares add up, so that the last balance is the deviation
    that ``fairness`` gives for the same window.
    """
    start = now - dt.timedelta(days=days)
    ends = tuple(start + (now - start) / PERIODS * n for n in range(1, PERIODS + 1))
    ledger = load_ledger(
        window_start=start,
        policy=policy,
        people=load_standing_people,
        edges=ends,
    )
    return History(
        definition=str(FairShare(policy.fair_share).label),
        start=start,
        ends=(*ends, None),
        courses=_courses(ledger),
        ledger=ledger,
    )


def _courses(ledger: Ledger) -> tuple[Course, ...]:
    totals, courses = ledger.totals(), []
    for member in ledger.active:
        mine = [accounts[member.id] for accounts in ledger.periods]
        shares = [
            total.share_seconds(account, weight=member.weight)
            for account, total in zip(mine, totals, strict=True)
        ]
        above = (account.seconds - part for account, part in zip(mine, shares, strict=True))
        courses.append(
            Course(
                id=member.id,
                ref=member.ref,
                name=member.name,
                team=member.team,
                team_id=member.team_id,
                weight=member.weight,
                hours=round(sum(account.seconds for account in mine) / 3600, 4),
                share=round(sum(shares) / 3600, 4),
                balances=tuple(round(seconds / 3600, 4) for seconds in accumulate(above)),
            )
        )
    return tuple(courses)
