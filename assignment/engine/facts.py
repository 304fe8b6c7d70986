"""What is known about people and their work at one moment; a plan adds to it as it goes."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from assignment.engine.request import Person, Request, Work

STARTS = attrgetter("starts_at")
LONGEST = dt.timedelta(hours=24)
NEAR = dt.timedelta(days=9)
"""Around a request its people's work is known: a week's cap, the longest buffer, time zones."""


@dataclass(kw_only=True, slots=True)
class Account:
    """Fairness account of one person: seconds in the window, latest start of any work."""

    seconds: int = 0
    last_start: dt.datetime | None = None


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
    """

    people: tuple[Person, ...]
    work: dict[int, list[Work]]
    accounts: dict[int, Account]
    dr_history: list[DrService]
    do_not_send: Mapping[str, frozenset[int]]
    window_start: dt.datetime
    by_id: dict[int, Person] = field(init=False)
    total_seconds: int = field(init=False)
    total_weight: float = field(init=False)

    def __post_init__(self) -> None:
        """Index the people, sum up the active ones, sort what will be searched."""
        self.by_id = {person.id: person for person in self.people}
        active = [person for person in self.people if person.active]
        self.total_seconds = sum(self.account(person.id).seconds for person in active)
        self.total_weight = sum(person.weight for person in active)
        for rows in self.work.values():
            rows.sort(key=STARTS)
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
        """Return hours below the person's fair share; negative when above.

        Equal outcome: the hours of all active people, split by weight.
        """
        if not self.total_weight:
            return 0.0
        share = self.total_seconds * person.weight / self.total_weight
        return (share - self.account(person.id).seconds) / 3600

    def overlapping(
        self, person_id: int, *, start: dt.datetime, end: dt.datetime
    ) -> Iterator[Work]:
        """Yield the person's work that overlaps [start, end), in order of start."""
        rows = self.work.get(person_id, [])
        first = bisect.bisect_right(rows, start - LONGEST, key=STARTS)
        for work in rows[first:]:
            if work.starts_at >= end:
                return
            if work.ends_at > start:
                yield work

    def starting_within(
        self, person_id: int, *, start: dt.datetime, end: dt.datetime
    ) -> list[Work]:
        """Return the person's work that starts in [start, end)."""
        rows = self.work.get(person_id, [])
        first = bisect.bisect_left(rows, start, key=STARTS)
        last = bisect.bisect_left(rows, end, key=STARTS)
        return rows[first:last]

    def latest_dr(self, *, before: dt.datetime, after: dt.datetime) -> DrService | None:
        """Return the latest DR that starts in [after, before), in the whole system."""
        last = bisect.bisect_left(self.dr_history, before, key=STARTS)
        if last == 0 or self.dr_history[last - 1].starts_at < after:
            return None
        return self.dr_history[last - 1]

    def add(self, request: Request, *, person_ids: Iterable[int], is_dr: bool) -> None:
        """Count this booking as served by these people from now on."""
        ids = tuple(person_ids)
        for person_id in ids:
            work = Work(
                starts_at=request.starts_at,
                ends_at=request.ends_at,
                booking_id=request.id,
                booking_ref=request.ref,
                group=request.group,
            )
            bisect.insort(self.work.setdefault(person_id, []), work, key=STARTS)
            account = self.account(person_id)
            if request.starts_at > self.window_start:
                account.seconds += request.seconds
                if self.by_id[person_id].active:
                    self.total_seconds += request.seconds
            if account.last_start is None or request.starts_at > account.last_start:
                account.last_start = request.starts_at
        if is_dr and ids:
            service = DrService(
                starts_at=request.starts_at, booking_ref=request.ref, people=frozenset(ids)
            )
            bisect.insort(
                self.dr_history, service, key=lambda row: (row.starts_at, row.booking_ref)
            )

    def remove(self, request: Request, *, person_ids: Iterable[int], before: Facts) -> None:
        """Take back what ``add`` counted; ``before`` are the facts from before the plan."""
        for person_id in person_ids:
            rows = [work for work in self.work[person_id] if work.booking_id != request.id]
            self.work[person_id] = rows
            account = self.account(person_id)
            if request.starts_at > self.window_start:
                account.seconds -= request.seconds
                if self.by_id[person_id].active:
                    self.total_seconds -= request.seconds
            starts = [known] if (known := before.account(person_id).last_start) else []
            account.last_start = max([*starts, *(work.starts_at for work in rows)], default=None)
        self.dr_history = [row for row in self.dr_history if row.booking_ref != request.ref]
