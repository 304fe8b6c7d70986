"""The ledger once more, from the plain tables: time away, unsocial hours, both fair shares.

Exact fractions, minutes; what the product rounds to whole seconds is rounded here too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from assignment.models import Assignment, Interpreter
from assignment.policy_values import PolicyValues
from tests.assignment.engine.tables import Row, Tables

QUARTER = dt.timedelta(minutes=15)


class FairTables(Tables):
    """Adds to the sums what belongs to nobody's calendar."""

    def __init__(self, policy: PolicyValues, *, now: dt.datetime) -> None:
        super().__init__(policy, now=now)
        self.could: list[Row] = []
        self.told: dict[tuple[dt.datetime, dt.datetime, ZoneInfo], Fraction] = {}
        self.since = now - self.window
        known = dict(Interpreter.objects.values_list("pk", "created_at"))
        self.known = {
            key: at.replace(hour=0, minute=0, second=0, microsecond=0) for key, at in known.items()
        }
        self.first: dict[int, dt.datetime] = {}
        for work in sorted(self.busy, key=lambda row: row["starts_at"]):
            if work["starts_at"] > self.since:
                self.first.setdefault(work["interpreter_id"], work["starts_at"])
        self.credit = {who["id"]: self.credit_for_time_away(who) for who in self.people}
        asked = Assignment.objects.filter(state__in=("active", "completed"))
        self.shared: list[tuple[Row, list[int]]] = [
            (row, [who["id"] for who in self.people if self.is_able(who, row)])
            for row in asked.values("starts_at", "ends_at", "booking__languages")
            if row["starts_at"] > self.since
        ]

    def is_active(self, who: Row) -> bool:
        """Active, in an active team or in none."""
        return bool(who["active"] and who["team__active"] is not False)

    def is_able(self, who: Row, work: Row) -> bool:
        """Could have had work that nothing is known of but its language."""
        tags = who["languages"].split(";")
        spoken = work["booking__languages"] in tags
        return self.is_active(who) and spoken and not self.is_away(who, work["starts_at"])

    def is_away(self, who: Row, at: dt.datetime) -> bool:
        """On leave, or not there yet."""
        known = self.known[who["id"]]
        came = min(known, self.first.get(who["id"], known))
        is_new = known > min(self.known.values())
        return (is_new and at < came) or any(
            row["interpreter_id"] == who["id"] and row["starts_at"] <= at < row["ends_at"]
            for row in self.leave
        )

    def average(self, who: Row, at: dt.datetime, minutes: Fraction) -> Fraction:
        """What work at that time adds to somebody who was away."""
        if not (self.is_active(who) and self.is_away(who, at)):
            return Fraction(0)
        there = sum(
            Fraction(row["weight"])
            for row in self.people
            if self.is_active(row) and not self.is_away(row, at)
        )
        return minutes * Fraction(who["weight"]) / there if there else Fraction(0)

    def credit_for_time_away(self, who: Row) -> Fraction:
        """The average of the colleagues while away, in whole seconds."""
        active = {row["id"] for row in self.people if self.is_active(row)}
        found = sum(
            (
                self.average(who, work["starts_at"], length(work))
                for work in self.busy
                if work["interpreter_id"] in active and work["starts_at"] > self.since
            ),
            Fraction(0),
        )
        return Fraction(round(found * 60), 60)

    def note(self, row: Row, *, chosen: list[Row], could: list[Row]) -> None:
        """Count a booking as decided."""
        minutes = length(row) * len(chosen)
        if row["starts_at"] > self.since:
            self.shared += [(row, [who["id"] for who in could])] * len(chosen)
            for who in self.people:
                found = self.average(who, row["starts_at"], minutes)
                self.credit[who["id"]] += Fraction(round(found * 60), 60)

    def unsocial_minutes(self, who: Row) -> Fraction:
        """Minutes for unsocial hours, quarter by quarter."""
        zone = ZoneInfo(who["time_zone"] or "UTC")
        mine = [
            work
            for work in self.busy
            if work["interpreter_id"] == who["id"] and work["starts_at"] > self.since
        ]
        return sum(
            (self.unsocial(work["starts_at"], work["ends_at"], zone) for work in mine), Fraction(0)
        )

    def unsocial(self, starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo) -> Fraction:
        """Minutes that one piece of work counts on top of its length; told once, asked often."""
        times = (starts_at, ends_at, zone)
        if times not in self.told:
            self.told[times] = self._unsocial(*times)
        return self.told[times]

    def _unsocial(self, starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo) -> Fraction:
        rule, total = self.policy.unsocial, Fraction(0)
        for step in range((ends_at - starts_at) // QUARTER):
            local = (starts_at + step * QUARTER).astimezone(zone)
            factors = [
                rule.night_factor if local.hour >= 22 or local.hour < 6 else 1,
                rule.weekend_factor if local.weekday() in (5, 6) else 1,
                rule.holiday_factor if f"{local:%Y-%m-%d}" in rule.holidays else 1,
            ]
            total += 15 * (Fraction(str(max(factors))) - 1)
        return total

    def apart(self, who: Row) -> Fraction:
        """Minutes of no booking, or on top of its length."""
        posted = sum(
            row["minutes"]
            for row in self.adjustments
            if row["interpreter_id"] == who["id"] and row["effective_at"] > self.since
        )
        return Fraction(posted) + self.unsocial_minutes(who)

    def minutes(self, who: Row) -> Fraction:
        """All minutes that count."""
        found = super().minutes(who) + self.unsocial_minutes(who)
        return found if self.is_by_opportunity else found + self.credit[who["id"]]

    @property
    def is_by_opportunity(self) -> bool:
        """Whether the fair share is that of opportunity."""
        return self.policy.fair_share == "opportunity"

    def deficit(self, who: Row) -> Fraction:
        """Minutes below the fair share."""
        active = [row for row in self.people if self.is_active(row)]
        total = weight_of(active)
        part = Fraction(who["weight"]) / total if total else Fraction(0)
        if not self.is_by_opportunity:
            return sum((self.minutes(row) for row in active), Fraction(0)) * part - self.minutes(
                who
            )
        weights = {row["id"]: Fraction(row["weight"]) for row in self.people}
        share = sum((self.apart(row) for row in active), Fraction(0)) * part
        for work, could in self.shared:
            if who["id"] in could:
                share += length(work) * weights[who["id"]] / sum(weights[key] for key in could)
        return share - self.minutes(who)

    def hours(self, who: Row) -> Fraction:
        """What people are compared by: hours, or hours above the share; by weight."""
        if self.is_by_opportunity:
            return -self.deficit(who) / 60 / Fraction(who["weight"])
        return super().hours(who)


def length(work: Row) -> Fraction:
    """Minutes of a piece of work."""
    return Fraction((work["ends_at"] - work["starts_at"]) // dt.timedelta(minutes=1))


def weight_of(people: Iterable[Any]) -> Fraction:
    """The weights added up."""
    return sum((Fraction(row["weight"]) for row in people), Fraction(0))
