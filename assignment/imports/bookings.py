"""Bookings as a table that can be imported."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assignment.audit import Actor
from assignment.booking_rules import BookingValues, booking_findings
from assignment.enums import BookingState, PoolStatus
from assignment.expressions import Among
from assignment.field_rules import Finding
from assignment.imports.changes import Change, Known, Written, changed_fields
from assignment.imports.columns import BOOKING_COLUMNS, Column
from assignment.imports.writing import BOOKING_FIELDS, NAMED, BookingWriter
from assignment.locking import lock_rows
from assignment.models import Booking, BookingPerson, Interpreter, Team

DECISIVE = frozenset(
    {
        "meeting_type",
        "starts_at",
        "ends_at",
        "languages",
        "skills",
        "team",
        "owner",
        "group",
        "interpreters_needed",
        *NAMED,
    }
)
"""Fields that deadlines and decisions rely on; a change of another one decides nothing."""
ADD_IT = "correct the ref, or add it first"
CLOSED = (BookingState.COMPLETED, BookingState.CANCELLED)

KnownBooking = Known[BookingValues]


class BookingTable:
    """Bookings by ref; teams and interpreters are known once, when the table is made.

    ``only_teams`` limits what may be touched to bookings of these teams (refs), and who may
    be named anew to their people.
    ``take_back`` is called inside the transaction, with the ids of waiting bookings whose
    decisive fields are about to change, so that the pool lets go of them. ``now`` tells what
    lies in the past; without it nothing does.
    """

    name = "bookings"
    columns: Sequence[Column] = BOOKING_COLUMNS

    def __init__(
        self,
        *,
        only_teams: frozenset[str] | None = None,
        take_back: Callable[[Sequence[int]], object] | None = None,
        now: dt.datetime | None = None,
    ) -> None:
        self._now = now
        self._only_teams = only_teams
        self._teams = dict(Team.objects.order_by().values_list("ref", "pk"))
        self._people = dict(Interpreter.objects.order_by().values_list("ref", "pk"))
        own = Interpreter.objects.filter(team__ref__in=only_teams or ()).order_by()
        self._own_people = frozenset(own.values_list("ref", flat=True))
        self._writer = BookingWriter(teams=self._teams, people=self._people)
        self._take_back = take_back

    def known(self, refs: Iterable[str]) -> dict[str, KnownBooking]:
        """Return the stored bookings of these refs; two queries."""
        rows = list(
            Booking.objects.filter(Among("ref", refs))
            .order_by()
            .values("pk", "version", "state", "pool_status", "team__ref", *BOOKING_FIELDS)
        )
        named: dict[tuple[int, str], list[str]] = defaultdict(list)
        people = BookingPerson.objects.filter(Among("booking_id", (row["pk"] for row in rows)))
        for booking_id, kind, ref in people.order_by().values_list(
            "booking_id", "kind", "interpreter__ref"
        ):
            named[booking_id, kind].append(ref)
        return {row["ref"]: _known(row, named) for row in rows}

    def merge(self, parsed: Mapping[str, Any], known: KnownBooking | None) -> BookingValues:
        """Return the booking that the cells ask for, over what is stored."""
        return replace(known.values, **parsed) if known else BookingValues(**parsed)

    def findings(self, values: BookingValues, known: KnownBooking | None) -> Iterator[Finding]:
        """Yield what is wrong with the booking; a closed one cannot be changed."""
        if known and known.refusal and self._asks_too_much(values, known):
            yield Finding(field="ref", message=known.refusal)
            return
        yield from booking_findings(values)
        if values.team and values.team not in self._teams:
            yield Finding(field="team", message=f"There is no team {values.team}: {ADD_IT}.")
        for field in NAMED:
            for ref in getattr(values, field):
                if ref not in self._people:
                    yield Finding(field=field, message=f"There is no interpreter {ref}: {ADD_IT}.")
        if self._only_teams is not None:
            yield from self._beyond_teams(values, known, allowed=self._only_teams)

    def _beyond_teams(
        self, values: BookingValues, known: KnownBooking | None, *, allowed: frozenset[str]
    ) -> Iterator[Finding]:
        """Yield what somebody limited to these teams may not do; who was named before may stay."""
        names = ", ".join(sorted(allowed))
        teams = {values.team, known.values.team if known else values.team}
        if not teams <= allowed:
            yield Finding(field="team", message=f"You may import only for {names}.")
        for field in NAMED:
            before = getattr(known.values, field) if known else ()
            for ref in getattr(values, field):
                if ref in self._people and ref not in self._own_people and ref not in before:
                    message = f"{ref} is of another team: name only people of {names}."
                    yield Finding(field=field, message=message)

    def is_past(self, values: BookingValues) -> bool:
        """Tell whether the booking starts in the past, so that nobody is assigned to it."""
        if self._now is None or values.starts_at is None:
            return False
        return values.starts_at <= self._now

    def lock(self, ids: Sequence[int]) -> None:
        """Write: lock these bookings in ascending key."""
        lock_rows(Booking.objects.all(), ids)

    def write(
        self, changes: Sequence[Change[BookingValues]], *, actor: Actor, reason: str
    ) -> Written:
        """Write bookings, the people they name, and an audit event for each."""
        moved = tuple(
            change.known.id
            for change in changes
            if change.known and not DECISIVE.isdisjoint(change.fields)
        )
        if moved and self._take_back:
            self._take_back(moved)
        created, updated = self._writer.write(changes, actor=actor, reason=reason)
        return Written(created_ids=created, updated_ids=updated, moved_ids=moved)

    def _asks_too_much(self, values: BookingValues, known: KnownBooking) -> bool:
        fields = changed_fields(self.columns, known.values, values)
        return bool(fields) if known.is_closed else not DECISIVE.isdisjoint(fields)


def _known(row: Mapping[str, Any], named: Mapping[tuple[int, str], list[str]]) -> KnownBooking:
    fields: dict[str, Any] = {field: row[field] for field in BOOKING_FIELDS}
    for kind in NAMED:
        fields[kind.value] = tuple(sorted(named.get((row["pk"], kind), ())))
    closed = row["state"] in CLOSED
    refusal = ""
    if closed:
        refusal = f"{row['ref']} is {row['state']}: it cannot be changed any more."
    elif row["pool_status"] == PoolStatus.PROCESSING:
        refusal = f"{row['ref']} is being decided just now: import it again in a minute."
    return Known(
        id=row["pk"],
        version=row["version"],
        refusal=refusal,
        is_closed=closed,
        values=BookingValues(team=row["team__ref"] or "", **fields),
    )
