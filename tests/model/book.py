"""What the model knows of bookings and people: dictionaries, and arithmetic of its own."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from assignment.models import Assignment, Booking
from tests.invariants import away, speaks, state_of, works

LEAD_DAYS = {
    "BALANCE": {"DR": 8, "VIP": 8, "Weekly": 4, "General": 8, "Other": 4},
    "NORMAL": {"DR": 10, "VIP": 7, "Weekly": 7, "General": 10, "Other": 7},
    "URGENT": {"DR": 14, "VIP": 7, "Weekly": 14, "General": 14, "Other": 7},
}
"""How many days before its start a booking must be decided, by mode and type."""
OPEN = ("waiting", "ready", "failed")
CLOSED = ("completed", "cancelled")
MOST_CLAIMS = 5
SAFETY = dt.timedelta(minutes=30)
UNTIL_COMPLETED = dt.timedelta(minutes=10)


@dataclass(kw_only=True)
class Entry:
    """A booking, with its one state and all that a pool entry carries."""

    ref: str
    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    languages: str
    needed: int
    state: str = "ungated"
    why: str = ""
    deadline: dt.datetime | None = None
    entered: dt.datetime | None = None
    attempts: int = 0
    fence: int = 0
    not_before: dt.datetime | None = None
    token: str = ""
    people: tuple[str, ...] = ()

    def leave_the_pool(self, state: str, *, why: str = "", people: tuple[str, ...] = ()) -> None:
        """Be in a state outside the pool, with these people."""
        self.state, self.why, self.people = state, why, people
        self.deadline = self.entered = self.not_before = None
        self.attempts, self.token = 0, ""


@dataclass(kw_only=True)
class Person:
    """What an interpreter can and when they work; ``leaves`` as (start, end)."""

    ref: str
    languages: str
    hours: str = ""
    zone: str = "UTC"
    active: bool = True
    leaves: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)

    def is_there(self, entry: Entry) -> bool:
        """Whether the person is active, speaks the languages, and works all the time of it."""
        times = {"start": entry.starts_at, "end": entry.ends_at}
        leaves = [{"starts_at": start, "ends_at": end} for start, end in self.leaves]
        return (
            self.active
            and speaks(self.languages, entry.languages)
            and not away(leaves, **times)
            and works(self.hours, self.zone, **times)
        )


@dataclass(kw_only=True)
class Book:
    """All that the model knows, and what each simple verb makes of it."""

    now: dt.datetime
    mode: str = "NORMAL"
    entries: dict[str, Entry] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    """Tokens whose lease ran out."""

    def of(self, *states: str) -> list[Entry]:
        """The entries in these states, by ref."""
        return [row for _, row in sorted(self.entries.items()) if row.state in states]

    def deadline(self, entry: Entry) -> dt.datetime:
        """By when the booking must be decided in the mode that holds."""
        return entry.starts_at - dt.timedelta(days=LEAD_DAYS[self.mode][entry.kind])

    def gate(self, entry: Entry) -> None:
        """Put it into the pool as if new: due, or waiting."""
        entry.leave_the_pool("ungated")
        entry.deadline, entry.entered = self.deadline(entry), self.now
        entry.state = "ready" if entry.deadline <= self.now else "waiting"

    def gate_all(self) -> None:
        """Gate what is not gated yet."""
        for entry in self.of("ungated"):
            self.gate(entry)

    def make_ready(self) -> None:
        """Let what waits be ready when its deadline has come."""
        for entry in self.of("waiting"):
            if entry.deadline and entry.deadline <= self.now:
                entry.state = "ready"

    def complete(self, *, later: dt.timedelta = UNTIL_COMPLETED) -> None:
        """Complete what is over for so long."""
        for entry in self.of("approved"):
            if entry.ends_at <= self.now - later:
                entry.leave_the_pool("completed", people=entry.people)

    def rescue(self) -> int:
        """Free what is held under a lease that ran out; return how many."""
        lost = [row for row in self.of("processing") if row.token in self.expired]
        for entry in lost:
            entry.state = "failed" if entry.attempts > MOST_CLAIMS else "ready"
            entry.token = ""
        return len(lost)

    def switch(self, mode: str) -> None:
        """Date what waits by another mode; URGENT moves nothing later."""
        self.mode = mode
        for entry in self.of("waiting"):
            assert entry.deadline
            fresh = self.deadline(entry)
            if entry.starts_at <= self.now:
                entry.leave_the_pool("escalated", why="already_started")
                continue
            entry.deadline = min(fresh, entry.deadline) if mode == "URGENT" else fresh
            entry.state = "ready" if entry.deadline <= self.now else "waiting"

    def takeable(self) -> list[Entry]:
        """What may be claimed now, in the order in which it must be."""
        due = [r for r in self.of("ready") if r.not_before is None or r.not_before <= self.now]
        return sorted(due, key=lambda row: (row.deadline, row.entered, row.ref))

    def could_do(self, entry: Entry) -> list[str]:
        """Who could take the booking now: by ref."""
        busy = {
            person
            for row in self.of("approved", "completed")
            if row.starts_at < entry.ends_at and entry.starts_at < row.ends_at and row is not entry
            for person in row.people
        }
        return [p.ref for p in self.people.values() if p.ref not in busy and p.is_there(entry)]


def stored() -> dict[str, Entry]:
    """What the database holds, in the words of the model."""
    people: dict[str, list[str]] = defaultdict(list)
    work = Assignment.objects.filter(state__in=("active", "completed")).order_by("position")
    for ref, person in work.values_list("booking__ref", "interpreter__ref"):
        people[ref].append(person)
    return {
        row.ref: Entry(
            ref=row.ref,
            kind=row.meeting_type,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            languages=row.languages,
            needed=row.interpreters_needed,
            state=state_of(vars(row)),
            why=row.escalation_code,
            deadline=row.pool_deadline_time,
            entered=row.pool_entry_time,
            attempts=row.pool_processing_attempts,
            fence=row.pool_fence,
            not_before=row.pool_next_attempt_at,
            token=row.pool_claimed_by,
            people=tuple(people[row.ref]),
        )
        for row in Booking.objects.order_by("ref")
    }


def differences(book: Book, found: dict[str, Entry], *, without: Collection[str] = ()) -> list[str]:
    """Where the database is not as the model says."""
    wrong = [f"{ref} is lost" for ref in book.entries.keys() - found.keys()]
    wrong += [f"{ref} came from nowhere" for ref in found.keys() - book.entries.keys()]
    wrong += [
        f"expected {book.entries[ref]}\n   found {found[ref]}"
        for ref in sorted(book.entries.keys() & found.keys() - set(without))
        if book.entries[ref] != found[ref]
    ]
    return wrong
