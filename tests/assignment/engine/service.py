"""A service that lives for weeks: each booking is decided when it comes, on what is then known.

The real engine decides on real facts; here stands the calendar, and the sums that the ledger
reads from the tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assignment.engine.decide import decide_in_order
from assignment.engine.facts import Facts
from assignment.engine.opportunity import pack_people, split_by_weight
from assignment.engine.presence import Absence, Presence
from assignment.engine.request import Person, Request
from assignment.engine.shares import Account
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import work

NOTICE = dt.timedelta(hours=2)
"""How long before its start a booking is decided."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """One booking that somebody got, and who could have had it."""

    request: Request
    person_id: int
    eligible: tuple[int, ...]


@dataclass(kw_only=True)
class Service:
    """People under one policy; ``came``: when newcomers came."""

    people: Sequence[Person]
    policy: PolicyValues
    came: Mapping[int, dt.datetime] = field(default_factory=dict)
    served: list[Served] = field(default_factory=list)

    def decide(self, request: Request) -> int:
        """Decide one booking two hours before it starts; return who got it."""
        now = request.starts_at - NOTICE
        (choice,) = decide_in_order([request], facts=self.facts(now), policy=self.policy, now=now)
        (person_id,) = choice.chosen
        self.served.append(Served(request=request, person_id=person_id, eligible=choice.eligible))
        return person_id

    def facts(self, now: dt.datetime) -> Facts:
        """What is known then: people who have come, their work, the ledger of the window."""
        start = now - dt.timedelta(days=self.policy.weighting.fairness_window_days)
        there = tuple(row for row in self.people if self.came.get(row.id, now) <= now)
        presence = self.presence(there, window_start=start)
        return Facts(
            people=there,
            work={
                row.id: [
                    work(f"B{done.request.id}", start=done.request.starts_at)
                    for done in self.served[-len(self.people) :]
                    if done.person_id == row.id
                ]
                for row in there
            },
            accounts=self.accounts(there, presence, window_start=start),
            dr_history=[],
            do_not_send={},
            window_start=start,
            fair_share=self.policy.fair_share,
            presence=presence,
        )

    def presence(self, there: Sequence[Person], *, window_start: dt.datetime) -> Presence:
        """Who was away, for leave or because they had not come yet."""
        absences = [
            Absence(person_id=row.id, weight=row.weight, start=start, end=end)
            for row in there
            for start, end in (*row.leave, *self.time_before(row, window_start=window_start))
        ]
        return Presence(absences, total_weight=sum(row.weight for row in there))

    def time_before(
        self, person: Person, *, window_start: dt.datetime
    ) -> list[tuple[dt.datetime, dt.datetime]]:
        """The part of the window in which the person had not come."""
        came = self.came.get(person.id, window_start)
        return [(window_start, came)] if came > window_start else []

    def accounts(
        self, there: Sequence[Person], presence: Presence, *, window_start: dt.datetime
    ) -> dict[int, Account]:
        """The ledger of the window."""
        accounts = {row.id: Account() for row in there}
        recent = [done for done in self.served if done.request.starts_at > window_start]
        for done in self.served:
            accounts[done.person_id].last_start = done.request.starts_at
        for done in recent:
            accounts[done.person_id].seconds += done.request.seconds
        if self.policy.fair_share == "opportunity":
            shared = [(pack_people(done.eligible), done.request.seconds) for done in recent]
            weights = {row.id: row.weight for row in there}
            for person_id, seconds in split_by_weight(shared, weights=weights).items():
                accounts[person_id].entitled = seconds
        else:
            worked = [(done.request.starts_at, done.request.seconds) for done in recent]
            for person_id, credit in presence.calibrations(worked).items():
                accounts[person_id].calibrate(credit)
        return accounts

    def excess_bookings(self) -> dict[int, float]:
        """How many bookings each person got above the entitlement, over all time."""
        excess = {row.id: 0.0 for row in self.people}
        weights = {row.id: row.weight for row in self.people}
        for done in self.served:
            excess[done.person_id] += 1
            total = sum(weights[key] for key in done.eligible)
            for key in done.eligible:
                excess[key] -= weights[key] / total
        return excess


def with_leave(person: Person, *, start: dt.datetime, days: int) -> Person:
    """The person with a leave."""
    return replace(person, leave=((start, start + dt.timedelta(days=days)),))


def longest_run(service: Service, person_id: int) -> int:
    """Most bookings in a row that went to one person, of those that they could have had."""
    longest = run = 0
    for done in service.served:
        if person_id in done.eligible:
            run = run + 1 if done.person_id == person_id else 0
            longest = max(longest, run)
    return longest
