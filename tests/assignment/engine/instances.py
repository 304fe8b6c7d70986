"""Small random services: plain data first, so that they can be written in any order and moved.

Everything lies on quarters of an hour; languages, skills and hours are few, so that people
compete and ties are common.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from typing import Any

from assignment.enums import AssignmentState
from assignment.models import (
    Assignment,
    Booking,
    BookingPerson,
    DoNotSend,
    Interpreter,
    Leave,
    LedgerAdjustment,
    Team,
    Tenant,
)
from assignment.policies import DEFAULT
from assignment.policy_values import PolicyValues, UnsocialHours

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
QUARTER = dt.timedelta(minutes=15)
TYPES = ("DR", "DR", "VIP", "Weekly", "General", "Urgent", "Other")
HOURS = (
    *[""] * 8,
    "Mon-Fri 08:00-17:00",
    "Mon-Sun 20:00-09:00",
    "Mon-Wed 06:00-12:00;Mon-Thu 12:00-18:00",
)
Rows = list[dict[str, Any]]


@dataclass(kw_only=True)
class Instance:
    """People, bookings and what ties them together, all by ref."""

    people: Rows
    bookings: Rows
    work: Rows = field(default_factory=list)
    leave: Rows = field(default_factory=list)
    adjustments: Rows = field(default_factory=list)
    do_not_send: Rows = field(default_factory=list)
    named: Rows = field(default_factory=list)
    came: dict[str, dt.datetime] = field(default_factory=dict)
    policy: PolicyValues = DEFAULT


def make_instance(seed: int, *, people: int = 7, bookings: int = 7, zones: bool = True) -> Instance:
    """A service from a seed; the sizes are the most there may be."""
    dice = random.Random(seed)
    names = [f"P{n}" for n in range(1, dice.randint(2, people) + 1)]
    asked = [f"B{n}" for n in range(1, dice.randint(2, bookings) + 1)]
    plain = dice.random() < 0.2
    made = Instance(
        people=[_person(dice, ref, plain=plain, zones=zones) for ref in names],
        bookings=[_asked(dice, ref) for ref in asked],
        policy=_policy(dice),
    )
    _add_work(made, dice, names, count=0 if plain else dice.randint(0, 30))
    for name in names:
        if not plain and dice.random() < 0.2:
            start = NOW + dice.randint(-40, 200) * QUARTER
            end = start + dice.randint(1, 96) * QUARTER
            made.leave.append({"person": name, "starts_at": start, "ends_at": end})
        if not plain and dice.random() < 0.3:
            at = NOW - dice.randint(-100, 70 * 96) * QUARTER
            minutes = 15 * dice.randint(-20, 20)
            if minutes:
                made.adjustments.append({"person": name, "effective_at": at, "minutes": minutes})
        if dice.random() < 0.15:
            made.do_not_send.append({"owner": "Ms Sato", "person": name})
    for row in made.bookings:
        _name_people(made, dice, row, names)
    _add_fair_shares(made, random.Random(f"fair:{seed}"), names, plain=plain)
    return made


def _add_fair_shares(made: Instance, dice: random.Random, names: list[str], *, plain: bool) -> None:
    """Both definitions, newcomers, and unsocial hours in one service of four."""
    made.policy = replace(made.policy, fair_share=dice.choice(("outcome", "opportunity")))
    if plain:
        return
    made.came = {name: NOW - dice.choice((300, 300, 300, 9, 2)) * 96 * QUARTER for name in names}
    if dice.random() < 0.25:
        rule = UnsocialHours(
            night_factor=1.5, weekend_factor=1.25, holiday_factor=2, holidays=("2026-11-25",)
        )
        made.policy = replace(made.policy, unsocial=rule)


def moved(made: Instance, delta: dt.timedelta) -> Instance:
    """The same service with every instant moved."""

    def move(rows: Rows) -> Rows:
        return [
            {
                key: value + delta if isinstance(value, dt.datetime) else value
                for key, value in items
            }
            for items in (row.items() for row in rows)
        ]

    return replace(
        made,
        bookings=move(made.bookings),
        work=move(made.work),
        leave=move(made.leave),
        adjustments=move(made.adjustments),
        came={name: at + delta for name, at in made.came.items()},
    )


def insert(made: Instance, *, order: int | None = None) -> None:
    """Write the rows; ``order`` is the seed of another order, and so of other ids."""
    for ref in ("T1", "T2"):
        Tenant.objects.create(ref=ref, name=ref)
    for name, tenant, buffer, active in TEAMS:
        found = Tenant.objects.filter(ref=tenant).first()
        Team.objects.create(ref=name, name=name, tenant=found, buffer_minutes=buffer, active=active)
    teams = {row.ref: row for row in Team.objects.all()}
    tenants = {row.ref: row for row in Tenant.objects.all()}
    for row in _mixed(made.people, order):
        Interpreter.objects.create(**row | {"team": teams.get(row["team"])})
    _set_arrivals(made)
    people = {row.ref: row for row in Interpreter.objects.all()}
    for row in _mixed(made.bookings, order):
        links = {"team": teams.get(row["team"]), "tenant": tenants.get(row["tenant"])}
        Booking.objects.create(**row | links)
    for row in _mixed(made.work, order):
        _insert_work(row, people)
    for model, rows in (
        (Leave, made.leave),
        (LedgerAdjustment, made.adjustments),
        (DoNotSend, made.do_not_send),
        (BookingPerson, made.named),
    ):
        for row in _mixed(rows, order):
            fields = {key: value for key, value in row.items() if key not in ("person", "booking")}
            if model is LedgerAdjustment:
                fields |= {"kind": "credit", "reason": "By the dice"}
            if "booking" in row:
                fields["booking"] = Booking.objects.get(ref=row["booking"])
            model.objects.create(interpreter=people[row["person"]], **fields)


def _set_arrivals(made: Instance) -> None:
    for ref, came in made.came.items():
        Interpreter.objects.filter(ref=ref).update(created_at=came)


TEAMS = (("x", "T1", 0, True), ("y", "T2", 30, True), ("z", None, 0, False))


def _person(dice: random.Random, ref: str, *, plain: bool, zones: bool) -> dict[str, Any]:
    if plain:
        return {"ref": ref, "name": ref, "team": None, "languages": "ja;th"}
    places = ("UTC", "Asia/Bangkok", "America/New_York") if zones else ("UTC",)
    return {
        "ref": ref,
        "name": ref,
        "team": dice.choice((*["x", "y"] * 5, "z", None)),
        "languages": dice.choice((*["en;ja;th"] * 7, "ja;th", "en;ja>th;ja", "en;ja")),
        "skills": dice.choice(("", *["court", "court;tax"] * 3)),
        "weight": dice.choice(("0.5", "1", "1", "2")),
        "hours": dice.choice(HOURS),
        "time_zone": dice.choice(places),
        "daily_minutes_cap": dice.choice((*[None] * 6, 60, 240)),
        "weekly_minutes_cap": dice.choice((*[None] * 6, 300)),
        "active": dice.random() < 0.97,
    }


def _asked(dice: random.Random, ref: str) -> dict[str, Any]:
    start = NOW + dice.randint(-4, 140) * QUARTER
    kind = dice.choice(TYPES)
    return {
        "ref": ref,
        "title": ref,
        "meeting_type": kind,
        "dr_type": "DR-I" if kind == "DR" else "",
        "other_type": "A talk" if kind == "Other" else "",
        "starts_at": start,
        "ends_at": start + dice.randint(1, 12) * QUARTER,
        "languages": dice.choice(("ja;th", "ja", "ja>th", "en;ja>th", "en;ja")),
        "skills": dice.choice((*[""] * 6, "court", "tax")),
        "team": dice.choice((*[None] * 8, "x", "y")),
        "tenant": dice.choice((*[None] * 9, "T1")),
        "owner": dice.choice(("", "Ms Sato")),
        "interpreters_needed": dice.choice((1, 1, 1, 1, 2, 3)),
        "buffer_minutes": dice.choice((None, None, 0, 30, 60)),
        "pool_status": "ready",
        "pool_entry_time": NOW - dice.randint(0, 3) * QUARTER,
        "pool_deadline_time": start - dt.timedelta(days=dice.choice((3, 7, 10))),
    }


def _policy(dice: random.Random) -> PolicyValues:
    weights = replace(
        DEFAULT.custom,
        w_fair=dice.choice((0, 1.5)),
        w_lrs=dice.choice((0, 0.5)),
        fairness_window_days=dice.choice((7, 20)),
        max_gap_hours=dice.choice((1, 3)),
        dr_penalty=dice.choice((-1.5, -1, -0.5, -0.2)),
    )
    soft = dice.choice(((), (), (), ("buffer", "daily_minutes"), ("fairness_gap",)))
    return replace(
        DEFAULT,
        mode=dice.choice(("BALANCE", "NORMAL", "URGENT", "CUSTOM")),
        custom=weights,
        allow_partial=dice.random() < 0.3,
        soft_rules=frozenset(soft),
    )


def _add_work(made: Instance, dice: random.Random, names: list[str], *, count: int) -> None:
    """Past and future work that overlaps nobody's other work; some of it was given back."""
    for number in range(count):
        who = dice.sample(names, k=min(len(names), dice.choice((1, 1, 2))))
        start = NOW + dice.randint(-70 * 96, 200) * QUARTER
        if dice.random() < 0.4:
            start = NOW + dice.randint(-96, 160) * QUARTER
        end = start + dice.randint(1, 16) * QUARTER
        free = [
            name
            for name in who
            if not any(
                row["starts_at"] < end and row["ends_at"] > start
                for row in made.work
                if name in row["people"]
            )
        ]
        if free:
            kind = dice.choice(("DR", "General"))
            state = dice.choice(("completed", "active", "active", "withdrawn", "cancelled"))
            made.work.append(
                {
                    "ref": f"H{number}",
                    "meeting_type": kind,
                    "starts_at": start,
                    "ends_at": end,
                    "people": free,
                    "state": state,
                }
            )


def _name_people(
    made: Instance, dice: random.Random, row: dict[str, Any], names: list[str]
) -> None:
    pins = 0
    for name in names:
        kind = dice.choice(
            ("preferred", "excluded", "declined", "pinned", "preferred", *[None] * 45)
        )
        if kind == "pinned":
            pins += 1
        if kind and (kind != "pinned" or pins <= row["interpreters_needed"]):
            made.named.append({"booking": row["ref"], "person": name, "kind": kind})


def _insert_work(row: dict[str, Any], people: dict[str, Interpreter]) -> None:
    times = {"starts_at": row["starts_at"], "ends_at": row["ends_at"]}
    booking = Booking.objects.create(
        ref=row["ref"],
        title=row["ref"],
        meeting_type=row["meeting_type"],
        dr_type="DR-I" if row["meeting_type"] == "DR" else "",
        languages="ja",
        interpreters_needed=len(row["people"]),
        state="approved",
        **times,
    )
    for position, name in enumerate(row["people"], 1):
        Assignment.objects.create(
            booking=booking,
            interpreter=people[name],
            position=position,
            state=AssignmentState(row["state"]),
            **times,
        )


def _mixed(rows: Rows, order: int | None) -> Rows:
    return rows if order is None else random.Random(order).sample(rows, k=len(rows))
