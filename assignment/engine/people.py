"""Reads the people of a decision, as the rules see them."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from assignment.engine.request import Person
from assignment.expressions import Among
from assignment.models import Interpreter, Leave
from assignment.models.fields import split_tags
from assignment.working_hours import Shift, parse_hours

log = logging.getLogger(__name__)

CLOSED = (Shift(weekday=0, start=0, end=0),)
"""Working hours that cover no meeting."""
OF_A_PERSON = (
    "pk",
    "ref",
    "active",
    "team_id",
    "team__active",
    "team__tenant_id",
    "team__time_zone",
    "languages",
    "skills",
    "weight",
    "hours",
    "time_zone",
    "daily_minutes_cap",
    "weekly_minutes_cap",
)
NO_LEAVE: Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]] = {}


def load_people(
    *, first: dt.datetime, last: dt.datetime, person_ids: Sequence[int] | None = None
) -> tuple[Person, ...]:
    """Return all (or these) interpreters sorted by ref, with leave that touches [first, last)."""
    leave_rows = Leave.objects.filter(starts_at__lt=last, ends_at__gt=first).order_by("starts_at")
    if person_ids is not None:
        leave_rows = leave_rows.filter(Among("interpreter_id", person_ids))
    leave: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for person_id, starts_at, ends_at in leave_rows.values_list(
        "interpreter_id", "starts_at", "ends_at"
    ):
        leave[person_id].append((starts_at, ends_at))
    return load_standing_people(person_ids=person_ids, leave=leave)


def load_standing_people(
    *,
    person_ids: Sequence[int] | None = None,
    leave: Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]] = NO_LEAVE,
) -> tuple[Person, ...]:
    """Return all (or these) interpreters sorted by ref, as the standing rules need them."""
    interpreters = Interpreter.objects.order_by()
    if person_ids is not None:
        interpreters = interpreters.filter(Among("pk", person_ids))
    rows = interpreters.values_list(*OF_A_PERSON, named=True)
    people = [_person(row, leave=tuple(leave.get(row.pk, ()))) for row in rows]
    return tuple(sorted(people, key=lambda person: person.ref))


def _person(row: Any, *, leave: tuple[tuple[dt.datetime, dt.datetime], ...]) -> Person:
    """Return somebody from the columns ``OF_A_PERSON``, which cost less than an object would."""
    shifts, zone = _schedule(row)
    return Person(
        id=row.pk,
        ref=row.ref,
        active=row.active and row.team__active is not False,
        team_id=row.team_id,
        tenant_id=row.team__tenant_id,
        languages=frozenset(split_tags(row.languages)),
        skills=frozenset(split_tags(row.skills)),
        weight=float(row.weight),
        shifts=shifts,
        zone=zone,
        leave=leave,
        daily_minutes_cap=row.daily_minutes_cap,
        weekly_minutes_cap=row.weekly_minutes_cap,
    )


def _schedule(row: Any) -> tuple[tuple[Shift, ...], ZoneInfo]:
    """Return working hours and zone; what cannot be read is closed, for this person alone."""
    name = row.time_zone or ("UTC" if row.team_id is None else row.team__time_zone)
    try:
        return parse_hours(row.hours), ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        log.warning("the hours of %s cannot be read: %s", row.ref, type(error).__name__)
        return CLOSED, ZoneInfo("UTC")
