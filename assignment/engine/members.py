"""Reads whom the ledger is about: everybody, and who was away when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from assignment.engine.presence import Absence, Interval, Presence
from assignment.engine.shares import Account
from assignment.models import Assignment, Interpreter, Leave


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """An interpreter as the ledger sees them; ``zone`` names their own zone or their team's."""

    id: int
    ref: str
    name: str
    team: str
    team_id: int | None
    weight: float
    active: bool
    known_since: dt.datetime
    zone: str


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """What a ledger takes for true beside what is stored: leave, and work (by id) that is gone."""

    person_id: int
    leave: Interval
    gone: Collection[int]


def read_members() -> tuple[tuple[Member, ...], dict[int, Account]]:
    """Return everybody by ref, and accounts with nothing in them but the last start. One query."""
    latest = (
        Assignment.objects.busy()
        .filter(interpreter_id=OuterRef("pk"))
        .order_by("-starts_at")
        .values("starts_at")[:1]
    )
    rows = Interpreter.objects.order_by().values_list(
        "pk",
        "ref",
        "name",
        "team__name",
        "team_id",
        "weight",
        "active",
        "team__active",
        "created_at",
        "time_zone",
        "team__time_zone",
        Subquery(latest),
    )
    members, accounts = [], {}
    for key, ref, name, team, team_id, weight, active, team_active, since, *rest in rows:
        own_zone, team_zone, last_start = rest
        accounts[key] = Account(last_start=last_start)
        members.append(
            Member(
                id=key,
                ref=ref,
                name=name,
                team=team or "",
                team_id=team_id,
                weight=float(weight),
                active=active and team_active is not False,
                known_since=since,
                zone=own_zone or team_zone or "UTC",
            )
        )
    return tuple(sorted(members, key=lambda member: member.ref)), accounts


def read_presence(
    members: Sequence[Member],
    first_starts: Mapping[int, dt.datetime],
    *,
    window_start: dt.datetime,
    supposed: Supposed | None = None,
) -> Presence:
    """Return who was away: on leave, or not there yet. One query.

    The leave of ``supposed`` counts as well.
    A newcomer is somebody whom this system knows since a later day (UTC) than the first it knew
    anybody, and who has no work from before. Whoever was there on its first day was there always.
    """
    active = {member.id: member for member in members if member.active}
    rows = Leave.objects.filter(ends_at__gt=window_start).order_by("pk")
    leave = list(rows.values_list("interpreter_id", "starts_at", "ends_at"))
    if supposed:
        leave.append((supposed.person_id, *supposed.leave))
    absences = [
        Absence(person_id=key, weight=active[key].weight, start=starts_at, end=ends_at)
        for key, starts_at, ends_at in leave
        if key in active
    ]
    beginning = min((_day(member.known_since) for member in members), default=window_start)
    for key, member in active.items():
        known_since = _day(member.known_since)
        came = min(known_since, first_starts.get(key, known_since))
        if known_since > beginning and came > window_start:
            absences.append(
                Absence(person_id=key, weight=member.weight, start=window_start, end=came)
            )
    return Presence(absences, total_weight=sum(member.weight for member in active.values()))


def _day(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
