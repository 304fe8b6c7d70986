"""Score of one candidate for one booking: 2-rules, "Score of one candidate"."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

from assignment.engine.facts import NEAR, Facts
from assignment.engine.request import Person, Request
from assignment.engine.rounding import rounded
from assignment.policy_values import PolicyValues

DAY_SECONDS = 86_400
NEVER = float("inf")


class Score(NamedTuple):
    """One candidate's figures; a tuple, since a plan makes one for each person and booking.

    ``hours``: what people are compared by (``Facts.load``). ``fairness``, ``lrs``: 0 to 1,
    unweighted. ``dr``, ``preference``, ``continuity``, ``soft``: points as they are added.
    ``deficit``: hours below the fair share. ``idle_days``: since the last start, None = never.
    """

    person_id: int
    hours: float
    fairness: float
    lrs: float
    dr: float
    preference: float
    continuity: float
    soft: float
    soft_rules: tuple[str, ...]
    total: float
    deficit: float
    idle_days: float | None
    hash: str

    @property
    def order(self) -> tuple[float, float, float, str]:
        """Sort key: best score, largest deficit, longest idle, stable hash."""
        idle = NEVER if self.idle_days is None else self.idle_days
        return (-self.total, -self.deficit, -idle, self.hash)


def urgency(*, starts_at: dt.datetime, now: dt.datetime, urgent_days: int, priority: int) -> float:
    """Return how urgent a booking is, 0 to 1; the same for every candidate."""
    days = (starts_at - now).total_seconds() / DAY_SECONDS
    if days <= 0:
        return 1.0
    if days > urgent_days:
        return 0.0
    growth: float = 2.0 ** ((urgent_days - days) / 2)
    return min(1.0, priority * min(growth, 100.0) / 100)


def fairness(*, hours: float, least: float, max_gap_hours: float) -> float:
    """Return 1 for the least loaded, falling to 0 at the gap."""
    if max_gap_hours <= 0:
        return 1.0 if hours <= least else 0.0
    return max(0.0, 1 - (hours - least) / max_gap_hours)


def least_recently_served(idle_days: float | None, *, window_days: int) -> float:
    """Return 0 for somebody just served, 1 for somebody idle for the window or for ever."""
    if idle_days is None:
        return 1.0
    return min(1.0, max(0.0, idle_days / window_days))


def stable_hash(booking_ref: str, interpreter_ref: str) -> str:
    """Return the last tie-break: 16 hex digits of SHA-256, equal on every machine."""
    text = f"{booking_ref}|{interpreter_ref}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Scorer:
    """Scores the candidates of one booking; what they have in common is reckoned once.

    ``least`` = fewest hours of those who passed; ``urgency`` is the same for everybody.
    """

    def __init__(
        self,
        request: Request,
        *,
        facts: Facts,
        policy: PolicyValues,
        now: dt.datetime,
        least: float,
        urgency: float,
    ) -> None:
        self.request, self.facts, self.policy = request, facts, policy
        self.now, self.least = now, least
        self.urgency_points = policy.weighting.w_urgency * urgency

    def score(
        self, person: Person, *, hours: float, dr_penalty: float, soft_rules: tuple[str, ...]
    ) -> Score:
        """Return the score of somebody who passed, and who has these hours (``Facts.load``)."""
        request, policy, weights = self.request, self.policy, self.policy.weighting
        last = self.facts.account(person.id).last_start
        idle = None if last is None else (self.now - last).total_seconds() / DAY_SECONDS
        fair = fairness(hours=hours, least=self.least, max_gap_hours=weights.max_gap_hours)
        lrs = least_recently_served(idle, window_days=weights.fairness_window_days)
        preference = policy.w_preference if person.id in request.preferred else 0.0
        continuity = continuity_points(person, request, facts=self.facts, policy=policy)
        soft = policy.soft_penalty * len(soft_rules)
        total = weights.w_fair * fair + self.urgency_points + weights.w_lrs * lrs
        total += dr_penalty + preference + continuity + soft
        return Score(
            person.id,
            rounded(hours),
            rounded(fair),
            rounded(lrs),
            dr_penalty,
            preference,
            continuity,
            soft,
            soft_rules,
            rounded(total),
            rounded(self.facts.deficit_hours(person)),
            None if idle is None else rounded(idle),
            stable_hash(request.ref, person.ref),
        )


def continuity_points(
    person: Person, request: Request, *, facts: Facts, policy: PolicyValues
) -> float:
    """Return the points for serving the same group within nine days of this booking."""
    if not policy.w_continuity or not request.group:
        return 0.0
    start, end = request.starts_at - NEAR, request.starts_at + NEAR
    near = facts.starting_within(person.id, start=start, end=end)
    known = any(work.group == request.group for work in near)
    return policy.w_continuity if known else 0.0
