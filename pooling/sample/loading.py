"""Writing the sample into an empty database, chunk by chunk, and gating it."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from django.db import transaction

from assignment.audit import Actor
from assignment.booking_rules import BookingValues
from assignment.errors import InputError, RefusedError
from assignment.imports.writing import (
    BookingWriter,
    InterpreterWriter,
    new_booking,
    new_interpreter,
)
from assignment.models import Booking, DoNotSend, Interpreter, Leave, Team
from assignment.past_work import PastBooking, record_past_work
from pooling.gate import gate
from pooling.sample.bookings import Describer, booking_ref
from pooling.sample.past import Rota, describe_past
from pooling.sample.people import TEAMS, Staff, describe_staff
from pooling.sample.slots import future_slots, past_slots

REASON = "Sample data."
AT_ONCE = 1_000
PAST_SHARE = 5
"""One booking in five lies in the past and is completed."""
FIRST_DAY, LAST_DAY = dt.date(2000, 3, 1), dt.date(2100, 10, 1)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """How many rows of each kind were written; ``past`` of the bookings are completed."""

    teams: int
    interpreters: int
    leave: int
    bookings: int
    past: int
    gated: int


def load_sample(
    *,
    bookings: int,
    interpreters: int,
    seed: int,
    start: dt.date,
    now: dt.datetime,
    actor: Actor,
    progress: Callable[[int], object] = lambda _: None,
) -> Loaded:
    """Write a service of this size around ``start``; the same for the same arguments.

    All or nothing; afterwards the gate sees the open bookings. ``progress`` hears how many
    bookings were written. Raises InputError for sizes that make no sense, RefusedError
    when there are bookings or people already.
    """
    _check(bookings=bookings, interpreters=interpreters, start=start)
    staff = describe_staff(size=interpreters, seed=seed, start=start)
    with transaction.atomic():
        if Booking.objects.exists() or Interpreter.objects.exists():
            raise RefusedError(
                "There are bookings or interpreters already: "
                "load the sample into an empty database."
            )
        teams, people = _write_staff(staff, actor=actor)
        writing = _Writing(teams=teams, people=people, actor=actor, progress=progress)
        past = writing.past(_past(staff, count=bookings // PAST_SHARE, seed=seed, start=start))
        rows = _future(staff, count=bookings - past, seed=seed, start=start, first=past + 1)
        ids = writing.future(rows)
    gated = sum(len(gate(part, now=now, actor=actor)) for part in _parts(ids))
    return Loaded(
        teams=len(teams),
        interpreters=len(people),
        leave=len(staff.leave),
        bookings=past + len(ids),
        past=past,
        gated=gated,
    )


def _past(staff: Staff, *, count: int, seed: int, start: dt.date) -> Iterator[PastBooking]:
    return describe_past(
        past_slots(count, seed=seed, start=start),
        describer=Describer(staff, seed=seed),
        rota=Rota(staff, seed=seed),
    )


def _future(
    staff: Staff, *, count: int, seed: int, start: dt.date, first: int
) -> Iterator[BookingValues]:
    describer = Describer(staff, seed=seed)
    for number, slot in enumerate(future_slots(count, seed=seed, start=start), start=first):
        yield describer.describe(slot, ref=booking_ref(number))


def _check(*, bookings: int, interpreters: int, start: dt.date) -> None:
    if not 0 <= bookings <= 1_000_000:
        raise InputError("Ask for 0 to 1,000,000 bookings.")
    if not 3 <= interpreters <= 10_000:
        raise InputError("Ask for 3 to 10,000 interpreters.")
    if not FIRST_DAY <= start <= LAST_DAY:
        raise InputError(f"Start between {FIRST_DAY} and {LAST_DAY}.")


def _write_staff(staff: Staff, *, actor: Actor) -> tuple[dict[str, int], dict[str, int]]:
    """Write teams, people, leave and do-not-send; return the keys of teams and people."""
    for team in TEAMS:
        Team.objects.get_or_create(
            ref=team.ref, defaults={"name": team.name, "time_zone": team.time_zone}
        )
    refs = [team.ref for team in TEAMS]
    teams = dict(Team.objects.filter(ref__in=refs).values_list("ref", "pk"))
    changes = [new_interpreter(person) for person in staff.people]
    InterpreterWriter(teams=dict(teams)).write(changes, actor=actor, reason=REASON)
    people = dict(Interpreter.objects.order_by().values_list("ref", "pk"))
    Leave.objects.bulk_create(
        Leave(
            interpreter_id=people[away.person],
            starts_at=away.starts_at,
            ends_at=away.ends_at,
            reason=away.reason,
        )
        for away in staff.leave
    )
    DoNotSend.objects.bulk_create(
        DoNotSend(owner=owner, interpreter_id=people[ref]) for owner, ref in staff.do_not_send
    )
    return teams, people


class _Writing:
    """Writes streams of bookings in chunks."""

    def __init__(
        self,
        *,
        teams: dict[str, int],
        people: dict[str, int],
        actor: Actor,
        progress: Callable[[int], object],
    ) -> None:
        self._teams = teams
        self._people = people
        self._actor = actor
        self._progress = progress

    def past(self, rows: Iterable[PastBooking]) -> int:
        """Write completed work; return how many bookings."""
        count = 0
        for part in _chunks(rows):
            record_past_work(
                part, teams=self._teams, people=self._people, actor=self._actor, reason=REASON
            )
            count += len(part)
            self._progress(len(part))
        return count

    def future(self, rows: Iterable[BookingValues]) -> array[int]:
        """Write open bookings; return their keys."""
        writer = BookingWriter(teams=self._teams, people=self._people)
        ids = array("q")
        for part in _chunks(rows):
            changes = [new_booking(values) for values in part]
            ids.extend(writer.write(changes, actor=self._actor, reason=REASON)[0])
            self._progress(len(part))
        return ids


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    stream = iter(rows)
    while part := list(islice(stream, AT_ONCE)):
        yield part


def _parts(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield list(ids[start : start + AT_ONCE])
