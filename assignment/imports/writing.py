"""Writing many bookings and people at once, with an audit event for each.

The import and the sample data write through here; nothing here touches a ``pool_*`` column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from assignment.audit import Actor, Entry, record
from assignment.booking_rules import BookingValues
from assignment.enums import PersonKind
from assignment.expressions import Among
from assignment.imports.changes import Change
from assignment.imports.columns import BOOKING_COLUMNS, INTERPRETER_COLUMNS
from assignment.inserting import insert_new
from assignment.interpreter_rules import InterpreterValues
from assignment.models import Booking, BookingPerson, Interpreter, Team

NAMED = (PersonKind.PREFERRED, PersonKind.EXCLUDED, PersonKind.PINNED)
EVERY_BOOKING_FIELD = tuple(column.field for column in BOOKING_COLUMNS)
BOOKING_FIELDS = tuple(field for field in EVERY_BOOKING_FIELD if field not in {"team", *NAMED})
INTERPRETER_FIELDS = tuple(column.field for column in INTERPRETER_COLUMNS if column.field != "team")
CELLS = attrgetter(*BOOKING_FIELDS)
SAID = (*BOOKING_FIELDS, "team_id")
"""What a file says of a booking, but for the people it names."""
AT_ONCE = 500


def new_booking(values: BookingValues) -> Change[BookingValues]:
    """Return the change that a booking made by the program, not by a file, is."""
    return Change(line=0, values=values, known=None, fields=EVERY_BOOKING_FIELD)


def new_interpreter(values: InterpreterValues) -> Change[InterpreterValues]:
    """Return the change that a person made by the program, not by a file, is."""
    return Change(line=0, values=values, known=None, fields=INTERPRETER_FIELDS)


class BookingWriter:
    """Writes bookings of known teams and people (ref to primary key)."""

    def __init__(self, *, teams: Mapping[str, int], people: Mapping[str, int]) -> None:
        self._teams = teams
        self._people = people

    def write(
        self, changes: Sequence[Change[BookingValues]], *, actor: Actor, reason: str
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Write the changes; return the keys of the created and of the updated bookings."""
        new = [change for change in changes if change.known is None]
        old = [change for change in changes if change.known is not None]
        created_ids = self._create(new)
        self._update(old)
        self._name_people(zip(created_ids, new, strict=True))
        updated_ids = tuple(change.known.id for change in old if change.known)
        self._rename_people(list(zip(updated_ids, old, strict=True)))
        record(_events(changes, kind="booking", reason=reason), actor=actor)
        return created_ids, updated_ids

    def _create(self, changes: Sequence[Change[BookingValues]]) -> tuple[int, ...]:
        """Insert new bookings; what a file does not say has the default of the model."""
        insert_new(Booking, SAID, (self._said(change.values) for change in changes))
        refs = [change.values.ref for change in changes]
        keys = dict(Booking.objects.filter(Among("ref", refs)).order_by().values_list("ref", "pk"))
        return tuple(map(keys.__getitem__, refs))

    def _said(self, values: BookingValues) -> tuple[Any, ...]:
        """Return what ``SAID`` names."""
        return (*CELLS(values), self._teams[values.team] if values.team else None)

    def _row(self, change: Change[BookingValues]) -> Booking:
        return Booking(
            **dict(zip(SAID, self._said(change.values), strict=True)),
            version=change.known.version + 1 if change.known else 1,
        )

    def _update(self, changes: Sequence[Change[BookingValues]]) -> None:
        """Write only the fields that differ somewhere in this chunk, and the version.

        One upsert a batch: the rows exist and are locked, so it never inserts, and it is
        many times faster than a CASE per field and row.
        """
        fields = {field for change in changes for field in change.fields} - set(NAMED)
        if changes:
            Booking.objects.bulk_create(
                [self._row(change) for change in changes],
                batch_size=AT_ONCE,
                update_conflicts=True,
                unique_fields=("ref",),
                update_fields=(*sorted(fields), "version"),
            )

    def _rename_people(self, changes: Sequence[tuple[int, Change[BookingValues]]]) -> None:
        for kind in NAMED:
            ids = [pk for pk, change in changes if kind in change.fields]
            BookingPerson.objects.filter(booking_id__in=ids, kind=kind).delete()
        self._name_people(changes)

    def _name_people(self, changes: Iterable[tuple[int, Change[BookingValues]]]) -> None:
        BookingPerson.objects.bulk_create(
            (
                BookingPerson(booking_id=pk, interpreter_id=self._people[ref], kind=kind)
                for pk, change in changes
                for kind in NAMED
                if kind in change.fields
                for ref in getattr(change.values, kind)
            ),
            batch_size=AT_ONCE,
        )


class InterpreterWriter:
    """Writes interpreters, and the teams that they name and that do not exist yet."""

    def __init__(self, *, teams: dict[str, int]) -> None:
        self._teams = teams

    def write(
        self, changes: Sequence[Change[InterpreterValues]], *, actor: Actor, reason: str
    ) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Write the changes; return keys created, keys updated, and teams made."""
        teams_created = self._make_teams(changes, actor=actor, reason=reason)
        new = [change for change in changes if change.known is None]
        old = [change for change in changes if change.known is not None]
        created = Interpreter.objects.bulk_create(
            [self._row(change) for change in new], batch_size=AT_ONCE
        )
        self._update(old)
        record(_events(changes, kind="interpreter", reason=reason), actor=actor)
        updated = tuple(change.known.id for change in old if change.known)
        return tuple(row.pk for row in created), updated, teams_created

    def _make_teams(
        self, changes: Sequence[Change[InterpreterValues]], *, actor: Actor, reason: str
    ) -> int:
        named = {change.values.team for change in changes if change.values.team}
        missing = sorted(named - set(self._teams))
        rows = Team.objects.bulk_create(Team(ref=ref, name=ref) for ref in missing)
        self._teams.update({row.ref: row.pk for row in rows})
        record(
            (
                Entry(action="created", object_type="team", object_ref=ref, reason=reason)
                for ref in missing
            ),
            actor=actor,
        )
        return len(missing)

    def _row(self, change: Change[InterpreterValues]) -> Interpreter:
        values = change.values
        return Interpreter(
            **{field: getattr(values, field) for field in INTERPRETER_FIELDS},
            team_id=self._teams[values.team] if values.team else None,
        )

    def _update(self, changes: Sequence[Change[InterpreterValues]]) -> None:
        """Write only the fields that differ somewhere in this chunk, as for bookings."""
        fields = {field for change in changes for field in change.fields}
        if changes:
            Interpreter.objects.bulk_create(
                [self._row(change) for change in changes],
                batch_size=AT_ONCE,
                update_conflicts=True,
                unique_fields=("ref",),
                update_fields=sorted(fields),
            )


def _events(
    changes: Iterable[Change[BookingValues]] | Iterable[Change[InterpreterValues]],
    *,
    kind: str,
    reason: str,
) -> Iterable[Entry]:
    """Yield an audit event a change: names of fields, never their values."""
    for change in changes:
        yield Entry(
            action="changed" if change.known else "created",
            object_type=kind,
            object_ref=change.values.ref,
            reason=reason,
            changes={"fields": list(change.fields)} if change.known else {},
        )
