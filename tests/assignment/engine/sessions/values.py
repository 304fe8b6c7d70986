"""Desks, people and calls as values, for deciding without a database."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from assignment.engine.request import Needs, Person
from assignment.engine.sessions.values import Busy, Call, DeskView, Member, Situation
from assignment.enums import Strategy
from assignment.errors import CounterError
from assignment.working_hours import parse_hours

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
"""A Monday."""
TEAM, TENANT = 1, 10


class Turns:
    """Gives out these indices; fails when there are none left."""

    def __init__(self, *indices: int) -> None:
        self.indices, self.asked = list(indices), []  # type: ignore[var-annotated]

    def next_index(self, context_key: str, candidate_count: int) -> int:
        self.asked.append((context_key, candidate_count))
        if not self.indices:
            raise CounterError("Redis is silent.")
        return self.indices.pop(0)


def after(minutes: float) -> dt.datetime:
    """So many minutes after NOW."""
    return NOW + dt.timedelta(minutes=minutes)


def member(ref: str = "A", **fields: Any) -> Member:
    """Somebody of the team who is online and free; fields of the person go there."""
    person: dict[str, Any] = {
        "id": ord(ref[0]),
        "ref": ref,
        "active": True,
        "team_id": TEAM,
        "tenant_id": TENANT,
        "languages": frozenset({"ja", "th"}),
        "skills": frozenset({"legal"}),
        "weight": 1.0,
        "shifts": (),
        "zone": ZoneInfo("UTC"),
        "leave": (),
        "daily_minutes_cap": None,
        "weekly_minutes_cap": None,
    }
    own = {key: fields.pop(key) for key in list(fields) if key in person}
    there: dict[str, Any] = {"status": "online", "since": after(-60), "max_chats": 2}
    return Member(person=Person(**(person | own)), **(there | fields))


def chat(ref: str, *, lane: int = 0) -> Busy:
    """A live chat in a lane."""
    return busy(ref, start=-5, end=10, lanes=(lane, lane), live=True)


def busy(
    ref: str, *, start: float, end: float, lanes: tuple[int, int] = (0, 99), live: bool = False
) -> Busy:
    """Work from and to minutes after NOW."""
    return Busy(
        starts_at=after(start),
        ends_at=after(end),
        lane_from=lanes[0],
        lane_to=lanes[1],
        ref=ref,
        live=live,
    )


def call(**fields: Any) -> Call:
    """A chat in Japanese that waits."""
    needs = Needs(
        team_id=fields.pop("team_id", TEAM),
        tenant_id=fields.pop("tenant_id", TENANT),
        languages=fields.pop("languages", ("ja",)),
        skills=fields.pop("skills", ()),
    )
    usual: dict[str, Any] = {
        "id": 1,
        "ref": "s",
        "channel": "chat",
        "needs": needs,
        "contact": "",
        "caller": "queue",
    }
    return Call(**(usual | fields))


def situation(
    *members: Member,
    strategy: str = "round_robin",
    hours: str = "",
    zone: str | None = "UTC",
    served: dict[str, list[str]] | None = None,
) -> Situation:
    """A desk that is open, with these members, by ref."""
    return Situation(
        now=NOW,
        desk=DeskView(
            context_key="team:1",
            shifts=parse_hours(hours),
            zone=ZoneInfo(zone) if zone else None,
            strategy=Strategy(strategy),
            expected=dt.timedelta(minutes=15),
        ),
        members=tuple(sorted(members, key=lambda row: row.person.ref)),
        served=served or {},
    )
