"""A small service, the model of it, and whoever works in it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from django.db import connection
from django.db.models import F

from assignment.audit import COMMAND
from assignment.guarantees import install, suspend_append_only
from assignment.models import Booking, Interpreter, Policy
from pooling.chunk import Work
from pooling.imports import import_bookings, import_interpreters
from pooling.models import PlanRow, Run
from tests.model.book import Book, Person, differences, stored
from tests.pooling.steps import digest

START = dt.datetime(2027, 3, 22, 6, 0, tzinfo=dt.UTC)
"""A Monday, six days before the clocks of Paris change."""
PEOPLE = (
    Person(ref="A", languages="ja;th"),
    Person(ref="B", languages="ja;th", hours="Mon-Fri 08:00-18:00", zone="Europe/Paris"),
    Person(ref="C", languages="en;ja;th"),
    Person(ref="D", languages="ja;th", hours="Mon-Sun 20:00-08:00", zone="Europe/Paris"),
)
TABLES = (
    "assignment_availabilitychange",
    "pooling_cureoffer",
    "pooling_recheck",
    "pooling_run",
    "pooling_planrow",
    "pooling_plan",
    "assignment_sessiondecision",
    "assignment_sessionmessage",
    "assignment_sessionpass",
    "assignment_opportunity",
    "assignment_decision",
    "assignment_assignment",
    "assignment_session",
    "assignment_presence",
    "assignment_desk",
    "assignment_auditevent",
    "assignment_operation",
    "assignment_roster",
    "assignment_bookingperson",
    "assignment_booking",
    "assignment_leave",
    "assignment_interpreter",
)
PASSING = dt.timedelta(minutes=10)
Dice = Random


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Somebody who holds entries under a token, and what it means to write."""

    token: str
    refs: tuple[str, ...]
    rows: tuple[PlanRow, ...]
    work: Work


@dataclass(kw_only=True)
class World:
    """The book beside the service; ``backwards``: all input in the opposite order."""

    folder: Path
    start: dt.datetime = START
    backwards: bool = False
    book: Book = field(init=False)
    workers: list[Worker] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    emergencies: list[str] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        """Empty the database and let the people in."""
        empty()
        self.book = Book(now=self.start)
        self.book.people = {row.ref: Person(**vars(row) | {"leaves": []}) for row in PEOPLE}
        self.write_people()

    @property
    def now(self) -> dt.datetime:
        """The business clock."""
        return self.book.now

    def next(self, name: str) -> str:
        """A name that was not used yet."""
        self.count += 1
        return f"{name}-{self.count:03}"

    def write_people(self) -> None:
        """Import everybody as the book has them."""
        lines = [
            (row.ref, f"Person {row.ref}", row.languages, row.hours, row.zone, row.active)
            for row in self.book.people.values()
        ]
        header = ("ref", "name", "languages", "hours", "timezone", "active")
        report = import_interpreters(self.file(header, lines), now=self.now, actor=COMMAND)
        assert not report.errors

    def file(self, header: Sequence[str], lines: Sequence[Sequence[object]]) -> Path:
        """A CSV file of these lines."""
        path = self.folder / "import.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerows([header, *(reversed(lines) if self.backwards else lines)])
        return path

    def bookings_file(self, refs: Collection[str]) -> Path:
        """A CSV file of these bookings as the book has them."""
        rows = [self.book.entries[ref] for ref in sorted(refs)]
        header = "ref,title,meeting_type,dr_type,other_type,starts_at,ends_at,languages"
        lines = [
            (
                row.ref,
                f"Meeting {row.ref}",
                row.kind,
                "DR-I" if row.kind == "DR" else "",
                "A talk" if row.kind == "Other" else "",
                row.starts_at.isoformat(),
                row.ends_at.isoformat(),
                row.languages,
                row.needed,
            )
            for row in rows
        ]
        return self.file((*header.split(","), "interpreters_needed"), lines)

    def import_them(self, refs: Collection[str], *, gate_them: bool = True) -> list[str]:
        """Import these bookings as the book has them; return the sentences of refusal."""
        return self.import_file(self.bookings_file(refs), gate_them=gate_them)

    def import_file(self, path: Path, *, gate_them: bool = True) -> list[str]:
        """Import a file of bookings; return the sentences of refusal."""
        done = import_bookings(path, now=self.now, actor=COMMAND, gate_them=gate_them)
        return [error.message for error in done.report.errors]

    def ids(self, refs: Collection[str]) -> list[int]:
        """The keys of these bookings."""
        return list(
            Booking.objects.filter(ref__in=refs).order_by("pk").values_list("pk", flat=True)
        )

    def person(self, ref: str) -> int:
        """The key of a person."""
        return Interpreter.objects.get(ref=ref).pk

    def agree(self) -> None:
        """The database is exactly as the book says."""
        wrong = differences(self.book, stored())
        assert not wrong, "\n".join(wrong)

    def take_over(self, must: Collection[str], *, may: Collection[str] = ()) -> None:
        """Learn what was decided: about each of ``must`` once, about ``may`` perhaps.

        Nothing else has changed. What was handed to a person could not be done by enough
        people, and what had started was not bound.
        """
        found = stored()
        wrong = differences(self.book, found, without={*must, *may})
        assert not wrong, "\n".join(wrong)
        before = dict(self.book.entries)
        self.book.entries |= {ref: found[ref] for ref in {*must, *may}}
        for ref in sorted(must):
            new, old = found[ref], before[ref]
            assert new.fence == old.fence + 1, f"{ref} was claimed {new.fence - old.fence} times"
            if old.starts_at <= self.now:
                assert (new.state, new.why) == ("escalated", "already_started"), new
            elif new.state == "escalated":
                able = self.book.could_do(new)
                assert len(able) < new.needed, f"{able} could do {new}"
            else:
                assert (new.state, len(new.people)) == ("approved", new.needed), new

    def unfinished(self) -> list[Run]:
        """The runs that were not brought to their end."""
        return list(Run.objects.exclude(state=Run.State.DONE).order_by("pk"))

    def before_a_run(self) -> None:
        """Let no run be waited for by another: here nobody else works meanwhile.

        A run whose entries somebody holds waits for that lease; it runs out first.
        """
        held = any(row.token not in self.book.expired for row in self.book.of("processing"))
        if held and self.unfinished():
            self.database_time_passes()

    def database_time_passes(self) -> None:
        """Ten minutes of the database's clock: every lease runs out, open runs are old."""
        self.book.expired |= {row.token for row in self.book.of("processing")}
        Booking.objects.filter(pool_lease_until__isnull=False).update(
            pool_lease_until=F("pool_lease_until") - PASSING
        )
        Run.objects.exclude(state=Run.State.DONE).update(
            started_at=F("started_at") - PASSING, lease_until=F("lease_until") - PASSING
        )

    def refused(self, verb: Callable[[], object], *errors: type[Exception]) -> None:
        """The verb raises, and leaves every row of every table as it was."""
        with self.unchanged():
            try:
                verb()
            except errors:
                return
            raise AssertionError("it was not refused")

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Not one row of any table changes inside."""
        before = digest()
        yield
        assert digest() == before


def empty() -> None:
    """Delete every row of work, and all policies but the first."""
    suspend_append_only(connection)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
    Policy.objects.filter(version__gt=1).delete()
    install(connection)
