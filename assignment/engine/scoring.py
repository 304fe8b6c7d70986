"""Score of one candidate for one booking: 2-rules, "Score of one candidate"."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
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
    total: float
    deficit: float
    idle_days: float | None
    dr: float
    preference: float
    continuity: float
    soft: float
    soft_rules: tuple[str, ...]


def merit(row: Score) -> tuple[float, float, float]:
    """Sort key: best score, largest deficit, longest idle; the stable hash breaks what is left."""
    idle = NEVER if row.idle_days is None else row.idle_days
    return (-row.total, -row.deficit, -idle)


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


@lru_cache(maxsize=65_536)  # in a plan, the same instant is asked about for each booking
def idle_and_lrs(
    last_start: dt.datetime | None, *, now: dt.datetime, window_days: int
) -> tuple[float | None, float]:
    """Return rounded days since the last start (None = never), and what being idle counts."""
    if last_start is None:
        return None, least_recently_served(None, window_days=window_days)
    days = (now - last_start).total_seconds() / DAY_SECONDS
    return rounded(days), least_recently_served(days, window_days=window_days)


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
        self.weights = policy.weighting
        self.now, self.least = now, least
        self.urgency_points = self.weights.w_urgency * urgency

    def scores(
        self,
        people: Sequence[Person],
        *,
        loads: Mapping[int, float],
        soft_rules: Mapping[int, tuple[str, ...]],
        dr_penalties: Mapping[int, float],
    ) -> list[Score]:
        """Return the scores of those who passed, in their order.

        ``loads``: the hours they are compared by (``Facts.load``). A plan asks for a score for
        each person and booking, so that nothing is looked up here that could be outside the loop.
        """
        weights, least = self.weights, self.least
        w_fair, w_lrs, gap = weights.w_fair, weights.w_lrs, weights.max_gap_hours
        now, window = self.now, weights.fairness_window_days
        extras = self._extras(people, soft_rules=soft_rules, dr_penalties=dr_penalties)
        accounts, none = self.facts.accounts, (0.0, 0.0, 0.0, 0.0, ())
        rows = []
        for person, deficit in zip(people, self.facts.deficits(people), strict=True):
            key = person.id
            hours, extra = loads[key], extras.get(key, none)
            idle, lrs = idle_and_lrs(accounts[key].last_start, now=now, window_days=window)
            fair = fairness(hours=hours, least=least, max_gap_hours=gap)
            total = w_fair * fair + self.urgency_points + w_lrs * lrs
            total += extra[0] + extra[1] + extra[2] + extra[3]
            hours, fair, lrs = rounded(hours), rounded(fair), rounded(lrs)
            total, deficit = rounded(total), rounded(deficit)
            rows.append(Score(key, hours, fair, lrs, total, deficit, idle, *extra))
        return rows

    def _extras(
        self,
        people: Sequence[Person],
        *,
        soft_rules: Mapping[int, tuple[str, ...]],
        dr_penalties: Mapping[int, float],
    ) -> dict[int, tuple[float, float, float, float, tuple[str, ...]]]:
        """Return what only some have: points for DR, preference, continuity, soft rules; these."""
        request, policy = self.request, self.policy
        continuity: dict[int, float] = {}
        if policy.w_continuity and request.group:
            for person in people:
                points = continuity_points(person, request, facts=self.facts, policy=policy)
                continuity |= {person.id: points} if points else {}
        return {
            key: (
                dr_penalties.get(key, 0.0),
                policy.w_preference if key in request.preferred else 0.0,
                continuity.get(key, 0.0),
                policy.soft_penalty * len(soft_rules[key]) if key in soft_rules else 0.0,
                soft_rules.get(key, ()),
            )
            for key in {*soft_rules, *dr_penalties, *continuity, *request.preferred}
        }


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
