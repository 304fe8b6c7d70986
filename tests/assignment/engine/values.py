"""Plain values for the engine: everything open, so that a test closes exactly one thing.

The id of a person or booking is the number in its ref: P3 has 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from assignment.engine.facts import DrService, Facts
from assignment.engine.pipeline import Choice, choose
from assignment.engine.request import Needs, Person, Request, Work
from assignment.engine.shares import Account
from assignment.policies import DEFAULT
from assignment.policy_values import PolicyValues
from assignment.working_hours import parse_hours

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
"""A Monday."""
NORMAL = DEFAULT
BALANCE = replace(DEFAULT, mode="BALANCE")
URGENT = replace(DEFAULT, mode="URGENT")


def after(*, days: float = 0, hours: float = 0, minutes: float = 0) -> dt.datetime:
    """The instant so long after NOW."""
    return NOW + dt.timedelta(days=days, hours=hours, minutes=minutes)


def number(ref: str) -> int:
    """The id that belongs to a ref."""
    return int(ref[1:])


def custom(**weights: Any) -> PolicyValues:
    """A CUSTOM policy with the weights of NORMAL but for these."""
    return replace(DEFAULT, mode="CUSTOM", custom=replace(DEFAULT.custom, **weights))


def person(ref: str, *, hours: str = "", zone: str = "UTC", **fields: Any) -> Person:
    """Somebody active who speaks Japanese and Thai and is always at work."""
    values: dict[str, Any] = {
        "id": number(ref),
        "ref": ref,
        "active": True,
        "team_id": None,
        "tenant_id": None,
        "languages": frozenset({"ja", "th"}),
        "skills": frozenset(),
        "weight": 1.0,
        "shifts": parse_hours(hours),
        "zone": ZoneInfo(zone),
        "leave": (),
        "daily_minutes_cap": None,
        "weekly_minutes_cap": None,
    }
    return Person(**values | fields)


def needs(**fields: Any) -> Needs:
    """Japanese and Thai, of any team."""
    values: dict[str, Any] = {
        "team_id": None,
        "tenant_id": None,
        "languages": ("ja", "th"),
        "skills": (),
    }
    return Needs(**values | fields)


def request(
    ref: str = "B1", *, start: dt.datetime | None = None, hours: float = 1, **fields: Any
) -> Request:
    """A General meeting of one hour for one person, tomorrow at 06:00."""
    starts_at = start or after(days=1)
    values: dict[str, Any] = {
        "id": number(ref),
        "ref": ref,
        "version": 1,
        "meeting_type": "General",
        "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(hours=hours),
        "needs": needs(),
        "owner": "",
        "group": "",
        "positions": (1,),
        "buffer": dt.timedelta(0),
        "deadline": None,
        "entered_at": None,
        "preferred": frozenset(),
        "excluded": frozenset(),
        "declined": frozenset(),
        "pinned": (),
    }
    return Request(**values | fields)


def work(ref: str, *, start: dt.datetime, hours: float = 1, group: str = "") -> Work:
    """Work for the booking with this ref."""
    return Work(
        starts_at=start,
        ends_at=start + dt.timedelta(hours=hours),
        booking_id=number(ref),
        booking_ref=ref,
        group=group,
    )


def dr(ref: str, *people: str, start: dt.datetime) -> DrService:
    """A DR booking that these people served."""
    return DrService(
        starts_at=start, booking_ref=ref, people=frozenset(number(name) for name in people)
    )


def facts(
    *people: Person,
    hours: Mapping[str, float] | None = None,
    last: Mapping[str, dt.datetime] | None = None,
    busy: Mapping[str, Iterable[Work]] | None = None,
    drs: Iterable[DrService] = (),
    do_not_send: Mapping[str, frozenset[int]] | None = None,
    window_days: int = 30,
    fair_share: str = "outcome",
) -> Facts:
    """People with hours in the window, last starts, work around the booking, DR history."""
    accounts = {
        row.id: Account(
            seconds=round((hours or {}).get(row.ref, 0) * 3600),
            last_start=(last or {}).get(row.ref),
        )
        for row in people
    }
    return Facts(
        people=tuple(sorted(people, key=lambda row: row.ref)),
        work={number(ref): list(rows) for ref, rows in (busy or {}).items()},
        accounts=accounts,
        dr_history=list(drs),
        do_not_send=do_not_send or {},
        window_start=NOW - dt.timedelta(days=window_days),
        fair_share=fair_share,
    )


def decide(asked: Request, known: Facts, policy: PolicyValues = NORMAL) -> Choice:
    """The choice for one booking at NOW."""
    return choose(asked, facts=known, policy=policy, now=NOW)


def chosen(choice: Choice) -> list[str]:
    """The refs of the chosen, by position."""
    return [f"P{person_id}" for person_id in choice.chosen]


def verdicts(choice: Choice) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Rule and compared values of everybody who was rejected."""
    rows = (*choice.shortlist.rejected, *choice.rejected)
    return {row.ref: (rejection.rule, rejection.values) for row, rejection in rows}
