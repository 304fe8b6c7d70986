"""The plain tables and the sums over them, for deciding by hand; exact fractions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from assignment.models import (
    Assignment,
    BookingPerson,
    DoNotSend,
    Interpreter,
    Leave,
    LedgerAdjustment,
)
from assignment.policy_values import PolicyValues

Row = Mapping[str, Any]
DAY = dt.timedelta(days=1)

# w_fair, w_lrs, window in days, gap in hours, DR strength, DR penalty
MODES = {
    "BALANCE": ("2", "0.6", 60, 2, "hard", "-0.8"),
    "NORMAL": ("1.2", "0.3", 30, 5, "soft", "-0.5"),
    "URGENT": ("0.5", "0.2", 14, 10, "minimal", "-0.1"),
}
PERSON = (
    "id",
    "ref",
    "active",
    "team_id",
    "team__active",
    "team__tenant_id",
    "languages",
    "skills",
    "weight",
    "hours",
    "time_zone",
    "daily_minutes_cap",
    "weekly_minutes_cap",
)
WORK = ("interpreter_id", "starts_at", "ends_at", "booking__ref", "booking__meeting_type")


class Tables:
    """All tables read once; who is busy grows with each decision."""

    def __init__(self, policy: PolicyValues, *, now: dt.datetime) -> None:
        self.now, self.policy = now, policy
        custom = policy.custom
        penalty = custom.dr_penalty
        strength = "hard" if penalty <= -1 else "soft" if penalty <= -0.3 else "minimal"
        fair, lrs, window, gap, self.strength, dr = MODES.get(policy.mode) or (
            str(custom.w_fair),
            str(custom.w_lrs),
            custom.fairness_window_days,
            custom.max_gap_hours,
            strength,
            str(penalty),
        )
        self.w_fair, self.w_lrs, self.dr_penalty = Fraction(fair), Fraction(lrs), Fraction(dr)
        self.window, self.gap = window * DAY, Fraction(gap)
        self.people: list[Row] = list(Interpreter.objects.values(*PERSON))
        self.busy: list[Row] = list(
            Assignment.objects.filter(state__in=("active", "completed")).values(*WORK)
        )
        self.leave = list(Leave.objects.values())
        self.adjustments = list(LedgerAdjustment.objects.values())
        self.unwanted = set(DoNotSend.objects.values_list("owner", "interpreter_id"))
        self.named = set(BookingPerson.objects.values_list("booking_id", "interpreter_id", "kind"))

    def consecutive(self, row: Row) -> set[int]:
        """Who served the latest DR before this start, of two at once the last by ref."""
        if row["meeting_type"] != "DR":
            return set()
        start = row["starts_at"]
        drs = [
            work
            for work in self.busy
            if work["booking__meeting_type"] == "DR"
            and start - self.window <= work["starts_at"] < start
        ]
        if not drs:
            return set()
        latest = max((work["starts_at"], work["booking__ref"]) for work in drs)
        return {
            work["interpreter_id"]
            for work in drs
            if (work["starts_at"], work["booking__ref"]) == latest
        }

    def minutes(self, who: Row) -> Fraction:
        """Minutes in the window, adjustments included."""
        since = self.now - self.window
        worked = sum(
            (
                work["ends_at"] - work["starts_at"]
                for work in self.busy
                if work["interpreter_id"] == who["id"] and work["starts_at"] > since
            ),
            dt.timedelta(),
        )
        extra = sum(
            row["minutes"]
            for row in self.adjustments
            if row["interpreter_id"] == who["id"] and row["effective_at"] > since
        )
        return Fraction(worked // dt.timedelta(minutes=1)) + extra

    def hours(self, who: Row) -> Fraction:
        """Hours in the window by weight."""
        return self.minutes(who) / 60 / Fraction(who["weight"])

    def last_start(self, who: Row) -> dt.datetime | None:
        """The latest start of the person's work."""
        mine = [work["starts_at"] for work in self.busy if work["interpreter_id"] == who["id"]]
        return max(mine, default=None)

    def lrs(self, who: Row) -> Fraction:
        """Days since the last assignment by the window, from 0 to 1."""
        last = self.last_start(who)
        if last is None:
            return Fraction(1)
        idle = Fraction((self.now - last) // dt.timedelta(minutes=1), 1440)
        return min(Fraction(1), max(Fraction(0), idle / (self.window // DAY)))
