"""What is known about people and their work at one moment; a plan adds to it as it goes."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from zoneinfo import ZoneInfo

from assignment.engine import unsocial
from assignment.engine.occupancy import Occupancy
from assignment.engine.presence import Presence
from assignment.engine.request import Person, Request, Told, Work
from assignment.engine.shares import Account, Totals
from assignment.enums import FairShare, MeetingType
from assignment.policy_values import UnsocialHours
from assignment.working_hours import Shift

STARTS = attrgetter("starts_at")
LONGEST = dt.timedelta(hours=24)
NEAR = dt.timedelta(days=9)
"""Around a request its people's work is known: a week's cap, the longest buffer, time zones."""

INDEXING = 4
"""As many people can be searched for a clash while the index takes up one piece of work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrService:
    """Who served one DR booking."""

    starts_at: dt.datetime
    booking_ref: str
    people: frozenset[int]


@dataclass(kw_only=True)
class Facts:
    """People (sorted by ref), their work, accounts and the DR history.

    ``window_start`` is where the fairness window begins: work that starts after it counts.
    ``fair_share`` and ``unsocial`` are those of the policy, ``presence`` says who is away.
    """

    people: tuple[Person, ...]
    work: dict[int, list[Work]]
    accounts: dict[int, Account]
    dr_history: list[DrService]
    do_not_send: Mapping[str, frozenset[int]]
    window_start: dt.datetime
    fair_share: str = FairShare.OUTCOME
    unsocial: UnsocialHours = unsocial.OFF
    presence: Presence = field(default_factory=Presence)
    by_id: dict[int, Person] = field(init=False)
    starts: dict[int, list[dt.datetime]] = field(init=False)
    totals: Totals = field(init=False)
    occupancy: Occupancy | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Index the people, sum up the active ones, sort what will be searched.

        ``starts`` are those of the work, to be searched without a call for each comparison.
        """
        self.by_id = {person.id: person for person in self.people}
        known = [(self.account(person.id), person) for person in self.people]
        counted = [(account, person.weight) for account, person in known if person.active]
        self.totals = Totals.of(counted, fair_share=self.fair_share)
        for rows in self.work.values():
            rows.sort(key=STARTS)
        self.starts = {key: list(map(STARTS, rows)) for key, rows in self.work.items()}
        self.dr_history.sort(key=lambda service: (service.starts_at, service.booking_ref))

    def copy(self) -> Facts:
        """Return the same facts, to which work can be added without changing these."""
        return Facts(
            people=self.people,
            work={person_id: list(rows) for person_id, rows in self.work.items()},
            accounts={key: replace(account) for key, account in self.accounts.items()},
            dr_history=list(self.dr_history),
            do_not_send=self.do_not_send,
            window_start=self.window_start,
            fair_share=self.fair_share,
            unsocial=self.unsocial,
            presence=self.presence,
        )

    def account(self, person_id: int) -> Account:
        """Return the account of a person; somebody without work has an empty one."""
        found = self.accounts.get(person_id)
        if found is None:
            found = self.accounts[person_id] = Account()
        return found

    def hours(self, person: Person) -> float:
        """Return hours in the window divided by the weight (2-rules, "Score")."""
        return self.account(person.id).seconds / 3600 / person.weight

    def deficit_hours(self, person: Person) -> float:
        """Return hours below the person's fair share, in the policy's definition."""
        return self.totals.deficit_hours(self.account(person.id), weight=person.weight)

    def deficits(self, people: Iterable[Person]) -> list[float]:
        """Return the hours below the fair share of each of these people."""
        accounts = self.accounts
        return self.totals.deficits((accounts[row.id], row.weight) for row in people)

    def load(self, person: Person) -> float:
        """Return the hours by weight that people are compared by.

        Equal outcome: the hours. Equal share of opportunity: the hours above the share. The
        first differ from the hours above the share by one number for all, so that score and
        gap, which know differences only, measure the same thing in both.
        """
        if self.fair_share == FairShare.OPPORTUNITY:
            return -self.deficit_hours(person) / person.weight
        return self.account(person.id).seconds / 3600 / person.weight

    @cached_property
    def schedules(self) -> Mapping[tuple[tuple[Shift, ...], ZoneInfo], frozenset[int]]:
        """Who shares working hours, by hours and zone; without those who are always at work."""
        found: dict[tuple[tuple[Shift, ...], ZoneInfo], set[int]] = defaultdict(set)
        for person in self.people:
            if person.shifts:
                found[person.shifts, person.zone].add(person.id)
        return {key: frozenset(ids) for key, ids in found.items()}

    @cached_property
    def on_leave(self) -> frozenset[int]:
        """Who has a leave, at any time."""
        return frozenset(person.id for person in self.people if person.leave)

    @cached_property
    def with_daily_cap(self) -> frozenset[int]:
        """Whose minutes of a day are limited."""
        return frozenset(row.id for row in self.people if row.daily_minutes_cap is not None)

    @cached_property
    def with_weekly_cap(self) -> frozenset[int]:
        """Whose minutes of a week are limited."""
        return frozenset(row.id for row in self.people if row.weekly_minutes_cap is not None)

    def expect(self, requests: int) -> None:
        """Index the work by the hour, if that costs less than to search it for each request."""
        searches = requests * len(self.people)
        if self.occupancy is None and searches > INDEXING * sum(map(len, self.work.values())):
            self.occupancy = Occupancy(self.work)

    def maybe_busy(self, start: dt.datetime, end: dt.datetime) -> Set[int]:
        """Return people among whom are all that have work in [start, end)."""
        return self.occupancy.around(start, end) if self.occupancy else self.work.keys()

    def loads(self, people: Iterable[Person]) -> dict[int, float]:
        """Return the load of each of these people, by id."""
        if self.fair_share == FairShare.OPPORTUNITY:
            return {person.id: self.load(person) for person in people}
        accounts = self.accounts
        return {row.id: accounts[row.id].seconds / 3600 / row.weight for row in people}

    def clash(self, person_id: int, *, start: dt.datetime, end: dt.datetime) -> Told | None:
        """Return what there is to say of the person's first work in [start, end), or None."""
        if self.occupancy:
            return self.occupancy.clash(person_id, start=start, end=end)
        found = self.overlapping(person_id, start=start, end=end)
        return found[0].told() if found else None

    def overlapping(self, person_id: int, *, start: dt.datetime, end: dt.datetime) -> list[Work]:
        """Return the person's work that overlaps [start, end), in order of start."""
        starts = self.starts.get(person_id)
        if not starts:
            return []
        last = bisect.bisect_left(starts, end)
        first = bisect.bisect_right(starts, start - LONGEST, hi=last)
        return [work for work in self.work[person_id][first:last] if work.ends_at > start]

    def starting_within(
        self, person_id: int, *, start: dt.datetime, end: dt.datetime
    ) -> list[Work]:
        """Return the person's work that starts in [start, end)."""
        starts = self.starts.get(person_id)
        if not starts:
            return []
        return self.work[person_id][
            bisect.bisect_left(starts, start) : bisect.bisect_left(starts, end)
        ]

    def latest_dr(self, *, before: dt.datetime, after: dt.datetime) -> DrService | None:
        """Return the latest DR that starts in [after, before), in the whole system."""
        last = bisect.bisect_left(self.dr_history, before, key=STARTS)
        if last == 0 or self.dr_history[last - 1].starts_at < after:
            return None
        return self.dr_history[last - 1]

    def add(
        self,
        request: Request,
        *,
        person_ids: Iterable[int],
        eligible: Collection[int] = (),
    ) -> None:
        """Count this booking as served by these people from now on.

        ``eligible``: who could have had it, for the equal share of opportunity.
        """
        ids = tuple(person_ids)
        if request.starts_at > self.window_start:
            self._count(request, ids, eligible=eligible)
        for person_id in ids:
            work = Work(
                starts_at=request.starts_at,
                ends_at=request.ends_at,
                booking_id=request.id,
                booking_ref=request.ref,
                group=request.group,
            )
            starts = self.starts.setdefault(person_id, [])
            place = bisect.bisect_right(starts, work.starts_at)
            starts.insert(place, work.starts_at)
            self.work.setdefault(person_id, []).insert(place, work)
            if self.occupancy:
                self.occupancy.add(person_id, work)
            account = self.account(person_id)
            if account.last_start is None or request.starts_at > account.last_start:
                account.last_start = request.starts_at
        if request.meeting_type == MeetingType.DR and ids:
            service = DrService(
                starts_at=request.starts_at, booking_ref=request.ref, people=frozenset(ids)
            )
            bisect.insort(
                self.dr_history, service, key=lambda row: (row.starts_at, row.booking_ref)
            )

    def remove(
        self,
        request: Request,
        *,
        person_ids: Collection[int],
        before: Facts,
        eligible: Collection[int] = (),
    ) -> None:
        """Take back what ``add`` counted; ``before`` are the facts from before the plan."""
        self.occupancy = None
        if request.starts_at > self.window_start:
            self._count(request, person_ids, eligible=eligible, sign=-1)
        for person_id in person_ids:
            rows = [work for work in self.work[person_id] if work.booking_id != request.id]
            self.work[person_id], self.starts[person_id] = rows, list(map(STARTS, rows))
            starts = [known] if (known := before.account(person_id).last_start) else []
            latest = max([*starts, *(work.starts_at for work in rows)], default=None)
            self.account(person_id).last_start = latest
        self.dr_history = [row for row in self.dr_history if row.booking_ref != request.ref]

    def _count(
        self, request: Request, ids: Collection[int], *, eligible: Collection[int], sign: int = 1
    ) -> None:
        """Add the booking to the accounts of those who serve it, are away, or could have."""
        for person_id in ids:
            person = self.by_id[person_id]
            extra = sign * self.extra_seconds(request, person)
            self.account(person_id).unsocial += extra
            self._add_seconds(person, sign * request.seconds + extra)
            self.totals.apart += extra if person.active else 0
        seconds = request.seconds * len(ids)
        if self.fair_share == FairShare.OPPORTUNITY:
            weight = sum(self.by_id[key].weight for key in eligible)
            for key in eligible:
                self.account(key).entitled += sign * seconds * self.by_id[key].weight / weight
            return
        for key, share in self.presence.calibration(at=request.starts_at, seconds=seconds).items():
            growth = self.account(key).calibrate(sign * share)
            self.totals.seconds += growth if self.by_id[key].active else 0

    def extra_seconds(self, request: Request, person: Person) -> int:
        """Return what the booking counts on top of its length for this person."""
        return unsocial.extra_seconds(
            self.unsocial, start=request.starts_at, end=request.ends_at, zone=person.zone
        )

    def _add_seconds(self, person: Person, seconds: int) -> None:
        self.account(person.id).seconds += seconds
        if person.active:
            self.totals.seconds += seconds
