"""Reads whom the ledger is about: everybody, and since when the newcomers are here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import DateTimeField, FloatField, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from assignment.engine.presence import Absence, Interval, Presence
from assignment.expressions import Microseconds
from assignment.models import Assignment, Interpreter
from assignment.prepared import Prepared

NO_MOMENT = Value(None, output_field=DateTimeField())
Away = tuple[int, dt.datetime, dt.datetime]
"""Somebody's id, and a time, half-open, in which they were away."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
A_DAY = 86_400_000_000
"""Microseconds."""
SET_UP = 600_000_000
"""Microseconds: whoever is known so soon after the first was there for the first work."""


class Member(NamedTuple):
    """An interpreter as the ledger sees them; ``zone`` names their own zone or their team's.

    ``came``: when a newcomer came; None of those who were there when the window began.
    ``known``: since when this system knows somebody, unless that is since it was set up.
    ``last_start``: of any work, in the window or not, if that was asked for.
    """

    id: int
    ref: str
    name: str
    team: str
    team_id: int | None
    weight: float
    active: bool
    zone: str
    came: dt.datetime | None
    known: dt.datetime | None
    last_start: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """What a ledger takes for true beside what is stored: leave, and work (by id) that is gone."""

    person_id: int
    leave: Interval
    gone: Collection[int]


def read_members(*, window_start: dt.datetime, with_last_start: bool) -> tuple[Member, ...]:
    """Return everybody by ref. One query, and one more when there are newcomers.

    A newcomer is somebody whom this system knows since a later day (UTC) than the first it knew
    anybody, and who has no work from before. Whoever was there on its first day was there always.
    """
    rows = (ROWS_WITH_LAST_START if with_last_start else ROWS).rows(window_start)
    created = {row[0]: row[-2] for row in rows}
    came = _newcomers(created, window_start=window_start)
    set_up = min(created.values(), default=0) + SET_UP
    members = [
        Member(  # by place: by name takes twice as long, which thousands of people feel
            key,
            ref,
            name,
            team or "",
            team_id,
            weight,
            active and team_active is not False,
            own_zone or team_zone or "UTC",
            came.get(key),
            _moment(known) if known > set_up else None,
            last_start,
        )
        for (
            key,
            ref,
            name,
            team,
            team_id,
            weight,
            active,
            team_active,
            own_zone,
            team_zone,
            known,
            last_start,
        ) in rows
    ]
    return tuple(sorted(members, key=attrgetter("ref")))


def _rows(*, with_last_start: bool) -> QuerySet[Any, Any]:
    """Return the columns of ``read_members``; moments cost most, so none that is not needed."""
    work = Assignment.objects.busy().filter(interpreter_id=OuterRef("pk"))
    last = Subquery(work.order_by("-starts_at").values("starts_at")[:1])
    return Interpreter.objects.order_by().values_list(
        "pk",
        "ref",
        "name",
        "team__name",
        "team_id",
        Cast("weight", FloatField()),
        "active",
        "team__active",
        "time_zone",
        "team__time_zone",
        Microseconds("created_at"),
        last if with_last_start else NO_MOMENT,
    )


ROWS = Prepared(lambda _: _rows(with_last_start=False))
ROWS_WITH_LAST_START = Prepared(lambda _: _rows(with_last_start=True))


def _newcomers(
    known_since: Mapping[int, int], *, window_start: dt.datetime
) -> dict[int, dt.datetime]:
    """Return who came after the window began, and when: with their first work, or known."""
    opening = (window_start - EPOCH) // dt.timedelta(days=1)
    first = min(known_since.values(), default=0) // A_DAY
    first_day_over = (max(first, opening) + 1) * A_DAY
    days = {key: at // A_DAY for key, at in known_since.items() if at >= first_day_over}
    if not days:
        return {}
    work = Assignment.objects.busy().filter(starts_at__gt=window_start).order_by()
    starts = work.filter(interpreter__created_at__gt=window_start).values_list("interpreter_id")
    first_starts = dict(starts.annotate(first=Min("starts_at")))
    found = {}
    for key, day in days.items():
        midnight = EPOCH + dt.timedelta(days=day)
        found[key] = min(midnight, first_starts.get(key, midnight))
    return found


def _moment(microseconds: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=microseconds)


def presence_of(
    members: Sequence[Member], leave: Iterable[Away], *, window_start: dt.datetime
) -> Presence:
    """Return who was away: on leave, or not there yet."""
    active = {member.id: member for member in members if member.active}
    away = [row for row in leave if row[0] in active]
    away += [(key, window_start, member.came) for key, member in active.items() if member.came]
    absences = [
        Absence(person_id=key, weight=active[key].weight, start=start, end=end)
        for key, start, end in away
    ]
    return Presence(absences, total_weight=sum(member.weight for member in active.values()))
