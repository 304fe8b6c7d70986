"""The fair share of a person, in the two definitions that a policy can name. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assignment.enums import FairShare


@dataclass(kw_only=True, slots=True)
class Account:
    """Fairness account of one person, in seconds of the window.

    ``seconds``: all that counts; of these, ``posted`` by adjustments, ``calibrated`` for time
    away (``owed``, in whole seconds), and ``unsocial`` on top of the length of work.
    ``entitled``: the person's part of the bookings they could have had. ``last_start``: of any
    work, in the window or not.
    """

    seconds: int = 0
    last_start: dt.datetime | None = None
    posted: int = 0
    calibrated: int = 0
    owed: float = 0.0
    unsocial: int = 0
    entitled: float = 0.0

    @property
    def worked(self) -> int:
        """Seconds of work."""
        return self.seconds - self.posted - self.calibrated - self.unsocial

    def calibrate(self, seconds: float) -> int:
        """Count time away; return by how many whole seconds the account grew.

        What is owed is rounded once, as a whole: work after work gives what all at once gives.
        """
        self.owed += seconds
        growth = round(self.owed) - self.calibrated
        self.calibrated += growth
        self.seconds += growth
        return growth

    @property
    def apart(self) -> int:
        """Seconds that belong to no booking, or come on top of its length."""
        return self.posted + self.unsocial


@dataclass(kw_only=True, slots=True)
class Totals:
    """Sums over all active people: ``seconds`` and ``apart`` of their accounts, and weights."""

    fair_share: str = FairShare.OUTCOME
    seconds: int = 0
    apart: int = 0
    weight: float = 0.0

    @classmethod
    def of(cls, people: Sequence[tuple[Account, float]], *, fair_share: str) -> Totals:
        """Return the sums over these active people, given by account and weight."""
        return cls(
            fair_share=fair_share,
            seconds=sum([account.seconds for account, _ in people]),
            apart=sum([account.posted + account.unsocial for account, _ in people]),
            weight=sum([weight for _, weight in people]),
        )

    def share_seconds(self, account: Account, *, weight: float) -> float:
        """Return the fair share of a person with this account and weight.

        Equal outcome: the seconds of all, split by weight. Equal share of opportunity: what
        the person is entitled to of the bookings that they could have had; seconds that belong
        to no booking are split among all.
        """
        if not self.weight:
            return 0.0
        if self.fair_share == FairShare.OPPORTUNITY:
            return account.entitled + self.apart * weight / self.weight
        return self.seconds * weight / self.weight

    def deficits(self, people: Iterable[tuple[Account, float]]) -> list[float]:
        """Return the hours below the fair share for each account and weight."""
        hours = self.deficit_hours
        return [hours(account, weight=weight) for account, weight in people]

    def deficit_hours(self, account: Account, *, weight: float) -> float:
        """Return hours below the fair share; negative when above, 0 while nobody is active."""
        if not self.weight:
            return 0.0
        return (self.share_seconds(account, weight=weight) - account.seconds) / 3600
