"""Deciding once more, from the sentences of 2-rules and the plain tables alone.

Shares nothing with the engine. Exact fractions; urgency is left out, because it is the same
for every candidate. Hours of work are looked at quarter by quarter.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from assignment.models import Booking
from tests.assignment.engine.fair_by_hand import FairTables
from tests.assignment.engine.tables import Row

Answer = dict[str, tuple[tuple[str, ...], str]]

AT_WORK: dict[str, Callable[[int, int], bool]] = {
    "": lambda day, hour: True,
    "Mon-Fri 08:00-17:00": lambda day, hour: day < 5 and 8 <= hour < 17,
    "Mon-Sun 20:00-09:00": lambda day, hour: hour >= 20 or hour < 9,
    "Mon-Wed 06:00-12:00;Mon-Thu 12:00-18:00": lambda day, hour: (
        (day < 3 and 6 <= hour < 12) or (day < 4 and 12 <= hour < 18)
    ),
}


class ByHand(FairTables):
    """Decides one entry after the other; each decision adds to who is busy."""

    def decide_all(self) -> Answer:
        """Chosen refs and reason code of every entry, in canonical order."""
        rows = Booking.objects.filter(pool_status="ready").values(
            "id",
            "ref",
            "meeting_type",
            "starts_at",
            "ends_at",
            "languages",
            "skills",
            "team_id",
            "tenant_id",
            "owner",
            "interpreters_needed",
            "buffer_minutes",
            "team__buffer_minutes",
            "pool_deadline_time",
            "pool_entry_time",
        )
        ordered = sorted(
            rows, key=lambda row: (row["pool_deadline_time"], row["pool_entry_time"], row["ref"])
        )
        answer: Answer = {}
        for row in ordered:
            chosen, code = self.decide(row)
            answer[row["ref"]] = tuple(person["ref"] for person in chosen), code
            self.busy += [
                {
                    "interpreter_id": person["id"],
                    "starts_at": row["starts_at"],
                    "ends_at": row["ends_at"],
                    "booking__ref": row["ref"],
                    "booking__meeting_type": row["meeting_type"],
                }
                for person in chosen
            ]
            self.note(row, chosen=chosen, could=self.could)
        return answer

    def decide(self, row: Row) -> tuple[list[Row], str]:
        """Chosen people and reason code of one booking."""
        needed = row["interpreters_needed"]
        if row["starts_at"] <= self.now:
            return [], "already_started"
        pins = [person for person in self.people if self.is_named(row, person, "pinned")]
        able = [person for person in self.people if self.can(person, row)]
        free = [who for who in able if self.objections(who, row) <= self.policy.soft_rules]
        fit = self.could = [who for who in free if self.may(who, row)]
        if any(pin not in fit for pin in pins):
            return [], "pinned_cannot"
        fit = self.without_consecutive(pins if len(pins) >= needed else fit, row, pins)
        least = min((self.hours(who) for who in fit), default=Fraction(0))
        near = self.near(fit, pins, needed=needed, least=least)
        rivals = fit if "fairness_gap" in self.policy.soft_rules else near
        if len(rivals) < needed and not (rivals and self.policy.allow_partial):
            return [], self.reason(able, free, rivals)

        def order(who: Row) -> tuple[Any, ...]:
            last = self.last_start(who) or dt.datetime.min.replace(tzinfo=dt.UTC)
            total = self.points(who, row, least=least, is_near=who in near)
            text = hashlib.sha256(f"{row['ref']}|{who['ref']}".encode()).hexdigest()
            return (who not in pins, -total, -self.deficit(who), last, text)

        chosen = sorted(rivals, key=order)[:needed]
        return chosen, "" if len(chosen) == needed else "too_few"

    def without_consecutive(self, fit: list[Row], row: Row, pins: list[Row]) -> list[Row]:
        """Those whom a hard DR rule leaves; all of them when too few others remain."""
        consecutive = self.consecutive(row)
        others = [who for who in fit if who["id"] not in consecutive or who in pins]
        is_blocked = self.strength == "hard" and len(others) >= row["interpreters_needed"]
        return others if is_blocked else fit

    def near(self, fit: list[Row], pins: list[Row], *, needed: int, least: Fraction) -> list[Row]:
        """Those within the gap, which is doubled and then dropped while too few are."""
        for limit in (self.gap, 2 * self.gap):
            found = [who for who in fit if who in pins or self.hours(who) - least <= limit]
            if len(found) >= needed:
                return found
        return fit

    def points(self, who: Row, row: Row, *, least: Fraction, is_near: bool) -> Fraction:
        """The score without the urgency."""
        broken = len(self.objections(who, row)) + (not is_near)
        total = broken * Fraction(str(self.policy.soft_penalty))
        total += self.w_fair * max(Fraction(0), 1 - (self.hours(who) - least) / self.gap)
        total += self.w_lrs * self.lrs(who)
        if self.is_named(row, who, "preferred"):
            total += Fraction(1, 2)
        if who["id"] in self.consecutive(row):
            total += self.dr_penalty
        return total

    def reason(self, able: list[Row], free: list[Row], fit: list[Row]) -> str:
        """Why there are not enough."""
        if fit:
            return "too_few"
        if not self.people:
            return "no_interpreters"
        if not able:
            return "nobody_qualified"
        return "nobody_allowed" if free else "nobody_available"

    def is_named(self, row: Row, who: Row, kind: str) -> bool:
        """Whether the booking names the person so."""
        return (row["id"], who["id"], kind) in self.named

    def can(self, who: Row, row: Row) -> bool:
        """Active, in the team and tenant, with all languages and skills."""
        spoken, skills = who["languages"].split(";"), who["skills"].split(";")
        return (
            who["active"]
            and who["team__active"] is not False
            and row["team_id"] in (None, who["team_id"])
            and row["tenant_id"] in (None, who["team__tenant_id"])
            and all(
                tag in spoken or (">" in tag and all(side in spoken for side in tag.split(">")))
                for tag in row["languages"].split(";")
            )
            and all(skill in skills for skill in row["skills"].split(";") if skill)
        )

    def objections(self, who: Row, row: Row) -> set[str]:
        """The rules about time that say no, hard or soft."""
        mine = [work for work in self.busy if work["interpreter_id"] == who["id"]]
        start, end = row["starts_at"], row["ends_at"]
        own, team = row["buffer_minutes"], row["team__buffer_minutes"] or 0
        rest = dt.timedelta(minutes=team if own is None else own)
        zone = ZoneInfo(who["time_zone"] or "UTC")
        found = {
            "working_hours": not self.is_at_work(who, start, end, zone),
            "leave": any(
                away["interpreter_id"] == who["id"]
                and away["starts_at"] < end
                and away["ends_at"] > start
                for away in self.leave
            ),
            "overlap": any(work["starts_at"] < end and work["ends_at"] > start for work in mine),
            "buffer": any(
                work["starts_at"] < end + rest and work["ends_at"] > start - rest for work in mine
            ),
            "daily_minutes": self.is_over(mine, row, zone, who["daily_minutes_cap"], "%Y-%m-%d"),
            "weekly_minutes": self.is_over(mine, row, zone, who["weekly_minutes_cap"], "%G-%V"),
        }
        return {rule for rule, no in found.items() if no}

    def is_at_work(self, who: Row, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> bool:
        """Whether each quarter of an hour lies in the working hours."""
        quarters = (end - start) // dt.timedelta(minutes=15)
        local = [
            (start + step * dt.timedelta(minutes=15)).astimezone(zone) for step in range(quarters)
        ]
        return all(AT_WORK[who["hours"]](at.weekday(), at.hour) for at in local)

    def is_over(
        self, mine: list[Row], row: Row, zone: ZoneInfo, cap: int | None, period: str
    ) -> bool:
        """Whether the local day or week in which the booking starts would be too full."""
        then = row["starts_at"].astimezone(zone).strftime(period)
        rows = [
            work for work in mine if work["starts_at"].astimezone(zone).strftime(period) == then
        ]
        worked = sum((work["ends_at"] - work["starts_at"] for work in (*rows, row)), dt.timedelta())
        return cap is not None and worked > dt.timedelta(minutes=cap)

    def may(self, who: Row, row: Row) -> bool:
        """Not excluded, not unwanted by the owner, not declined."""
        return not (
            self.is_named(row, who, "excluded")
            or self.is_named(row, who, "declined")
            or (row["owner"] and (row["owner"], who["id"]) in self.unwanted)
        )
