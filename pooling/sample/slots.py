"""When and what the bookings of the sample are: a light slot for each, in order of time. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random
from zoneinfo import ZoneInfo

from assignment.enums import MeetingType
from pooling.sample.people import FUTURE_DAYS, PAST_DAYS, TEAMS, TeamPlan, spread

SHARES = (
    (MeetingType.DR, 15),
    (MeetingType.VIP, 5),
    (MeetingType.WEEKLY, 25),
    (MeetingType.GENERAL, 40),
    (MeetingType.URGENT, 8),
    (MeetingType.OTHER, 7),
)
SERIES = (MeetingType.DR, MeetingType.WEEKLY)
DAY_WEIGHTS = (4, 7, 4, 7, 3)
"""Monday to Friday: Tuesday and Thursday are the peaks."""
PEAK_DAYS = (1, 3)
MINUTES = (30, 45, 60, 60, 60, 90, 90, 120, 180)
ONE_IN_IMPOSSIBLE = 50
URGENT_WITHIN_DAYS = 10


class Trouble(Enum):
    """Why nobody can do a booking; NONE for the ordinary ones."""

    NONE = "none"
    LANGUAGE = "a language that nobody speaks"
    SUNDAY_NIGHT = "nobody works on Sunday night"
    ON_LEAVE = "the pinned person is on leave"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One booking to be described: UTC times, its team, its series (0 = single), its turn."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    team: TeamPlan
    meeting_type: MeetingType
    series: int = 0
    turn: int = 0
    trouble: Trouble = Trouble.NONE


def future_slots(count: int, *, seed: int, start: dt.date) -> list[Slot]:
    """Return slots of the eight weeks from the day after ``start``, in order of time."""
    dice = Random(f"future:{seed}:{count}")  # noqa: S311 - a description, not a secret
    days = _workdays(start + dt.timedelta(days=1), FUTURE_DAYS)
    troubled = count // ONE_IN_IMPOSSIBLE
    slots = [_troubled_slot(number, days, dice) for number in range(troubled)]
    slots.extend(_ordinary_slots(count - troubled, days, dice))
    return _in_order(slots)


def past_slots(count: int, *, seed: int, start: dt.date) -> list[Slot]:
    """Return slots of the three weeks that ended the day before ``start``, in order of time."""
    dice = Random(f"past:{seed}:{count}")  # noqa: S311 - a description, not a secret
    days = _workdays(start - dt.timedelta(days=PAST_DAYS), PAST_DAYS - 1)
    return _in_order(_ordinary_slots(count, days, dice))


def _workdays(first: dt.date, length: int) -> list[dt.date]:
    days = (first + dt.timedelta(days=step) for step in range(length))
    return [day for day in days if day.weekday() < len(DAY_WEIGHTS)]


def _ordinary_slots(count: int, days: list[dt.date], dice: Random) -> Iterator[Slot]:
    """Yield ``count`` slots in the shares of the types; series take whole runs of weeks."""
    kinds = spread(SHARES)
    teams = spread([(team, team.share) for team in TEAMS])
    weeks = max(1, round(len(days) / len(DAY_WEIGHTS)))
    turns: Counter[MeetingType] = Counter()
    made = series = 0
    while made < count:
        kind = kinds[turns.total() % len(kinds)]
        team = teams[turns.total() % len(teams)]
        turns[kind] += 1
        if kind not in SERIES:
            slots = [_single_slot(kind, team, days, dice)]
        elif turns[kind] % weeks == 1 % weeks:
            series += 1
            slots = _series_slots(kind, team, days, dice, series=series)
        else:
            continue
        for slot in slots[: count - made]:
            made += 1
            yield slot


def _single_slot(kind: MeetingType, team: TeamPlan, days: list[dt.date], dice: Random) -> Slot:
    near = days[:URGENT_WITHIN_DAYS] if kind == MeetingType.URGENT else days
    weights = [DAY_WEIGHTS[day.weekday()] for day in near]
    day = dice.choices(near, weights)[0]
    return _slot(day, _clock(day, dice), dice.choice(MINUTES), team, kind)


def _series_slots(
    kind: MeetingType, team: TeamPlan, days: list[dt.date], dice: Random, *, series: int
) -> list[Slot]:
    weekday = dice.choices(range(len(DAY_WEIGHTS)), DAY_WEIGHTS)[0]
    dates = [day for day in days if day.weekday() == weekday]
    minutes = dice.choice((60, 90, 120)) if kind == MeetingType.DR else dice.choice((30, 45, 60))
    clock = _clock(dates[0], dice) if dates else dt.time(9)
    return [
        _slot(day, clock, minutes, team, kind, series=series, turn=turn)
        for turn, day in enumerate(dates, start=1)
    ]


def _clock(day: dt.date, dice: Random) -> dt.time:
    """Return a start on the quarter hour: mostly mornings on peak days, any time otherwise."""
    if day.weekday() in PEAK_DAYS and dice.random() < 0.7:
        quarter = dice.randint(0, 10)
    else:
        quarter = dice.randint(0, 23)
    return dt.time(9 + quarter // 4, quarter % 4 * 15)


def _troubled_slot(number: int, days: list[dt.date], dice: Random) -> Slot:
    team = TEAMS[number % len(TEAMS)]
    trouble = (Trouble.LANGUAGE, Trouble.SUNDAY_NIGHT, Trouble.ON_LEAVE)[number // 3 % 3]
    day, clock = dice.choice(days[: -len(DAY_WEIGHTS)]), dt.time(10)
    if trouble is Trouble.SUNDAY_NIGHT:
        day += dt.timedelta(days=6 - day.weekday())
        clock = dt.time(22)
    return _slot(day, clock, 60, team, MeetingType.GENERAL, trouble=trouble)


def _slot(
    day: dt.date,
    clock: dt.time,
    minutes: int,
    team: TeamPlan,
    kind: MeetingType,
    *,
    series: int = 0,
    turn: int = 0,
    trouble: Trouble = Trouble.NONE,
) -> Slot:
    begins = dt.datetime.combine(day, clock, ZoneInfo(team.time_zone)).astimezone(dt.UTC)
    return Slot(
        starts_at=begins,
        ends_at=begins + dt.timedelta(minutes=minutes),
        team=team,
        meeting_type=kind,
        series=series,
        turn=turn,
        trouble=trouble,
    )


def _in_order(slots: Iterator[Slot] | list[Slot]) -> list[Slot]:
    """Sort by time; equal times keep the order in which they were made."""
    return sorted(slots, key=lambda slot: (slot.starts_at, slot.ends_at))
