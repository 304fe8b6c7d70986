"""The people of the sample: three teams, their interpreters, leave, do-not-send. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from assignment.interpreter_rules import InterpreterValues
from assignment.models.fields import join_tags
from pooling.sample.vocabulary import LEAVE_REASONS, NAMES, ORGANISATIONS

FUTURE_DAYS, PAST_DAYS = 56, 21
SKILLS = ("medical", "legal", "technical", "finance")
PART_TIME = (
    (Decimal("0.5"), "Mon-Fri {opens}-13:00"),
    (Decimal("0.8"), "Mon-Thu {opens}-{closes}"),
    (Decimal("0.6"), "Mon-Wed {opens}-{closes}"),
)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a kind of interpreter speaks, and how often it occurs in a team."""

    culture: str
    languages: str
    share: int


@dataclass(frozen=True, kw_only=True)
class TeamPlan:
    """One team: where it works, when, who is in it, and which languages are asked for."""

    ref: str
    name: str
    time_zone: str
    hours: tuple[str, str]
    share: int
    profiles: tuple[Profile, ...]
    wanted: tuple[tuple[str, int], ...]


TEAMS = (
    TeamPlan(
        ref="bangkok",
        name="Bangkok",
        time_zone="Asia/Bangkok",
        hours=("08:00", "18:00"),
        share=8,
        profiles=(
            Profile(culture="thai", languages="en;th", share=5),
            Profile(culture="japanese", languages="en;ja;th", share=4),
            Profile(culture="chinese", languages="en;th;zh", share=3),
            Profile(culture="vietnamese", languages="en;th;vi", share=3),
        ),
        wanted=(("en;th", 52), ("ja;th", 20), ("th;zh", 14), ("th;vi", 10), ("en>th", 4)),
    ),
    TeamPlan(
        ref="tokyo",
        name="Tokyo",
        time_zone="Asia/Tokyo",
        hours=("08:30", "18:30"),
        share=7,
        profiles=(
            Profile(culture="japanese", languages="en;ja", share=5),
            Profile(culture="chinese", languages="en;ja;zh", share=4),
            Profile(culture="korean", languages="en;ja;ko", share=4),
        ),
        wanted=(("en;ja", 56), ("ja;zh", 20), ("ja;ko", 18), ("en>ja", 6)),
    ),
    TeamPlan(
        ref="paris",
        name="Paris",
        time_zone="Europe/Paris",
        hours=("08:00", "18:00"),
        share=6,
        profiles=(
            Profile(culture="french", languages="en;fr", share=4),
            Profile(culture="german", languages="de;en;fr", share=5),
            Profile(culture="japanese", languages="en;fr;ja", share=3),
        ),
        wanted=(("en;fr", 52), ("de;fr", 28), ("fr;ja", 14), ("fr>en", 6)),
    ),
)


@dataclass(frozen=True, kw_only=True)
class LeavePlan:
    """A time in which a person (ref) is away, in UTC, half-open."""

    person: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Everybody of the sample. ``do_not_send`` holds (owner, ref of the person)."""

    people: tuple[InterpreterValues, ...]
    leave: tuple[LeavePlan, ...]
    owners: Mapping[str, tuple[str, ...]]
    do_not_send: tuple[tuple[str, str], ...]


def describe_staff(*, size: int, seed: int, start: dt.date) -> Staff:
    """Return ``size`` people and what belongs to them; the same for the same arguments."""
    dice = Random(f"staff:{seed}:{size}")  # noqa: S311 - a description, not a secret
    people = _people(size, dice)
    owners = {team.ref: _owners(team, dice) for team in TEAMS}
    leave = _leave(people, start=start, dice=dice)
    return Staff(
        people=people,
        leave=leave,
        owners=owners,
        do_not_send=_do_not_send(people, owners, dice),
    )


def _people(size: int, dice: Random) -> tuple[InterpreterValues, ...]:
    """Return people of all teams and profiles in fixed shares, so that each occurs early."""
    teams = spread([(team, team.share) for team in TEAMS])
    profiles = {team.ref: spread([(row, row.share) for row in team.profiles]) for team in TEAMS}
    placed: Counter[str] = Counter()
    names: set[str] = set()
    width = max(3, len(str(size)))
    people = []
    for number in range(1, size + 1):
        team = teams[number % len(teams)]
        kinds = profiles[team.ref]
        profile = kinds[placed[team.ref] % len(kinds)]
        placed[team.ref] += 1
        name = _name(profile.culture, names, dice)
        people.append(_person(f"IN-{number:0{width}}", name, team, profile, dice))
    return tuple(people)


def spread(items: Sequence[tuple[T, int]]) -> list[T]:
    """Return each item as often as its share says, evenly mixed."""
    places = [
        ((turn + 0.5) / share, order, item)
        for order, (item, share) in enumerate(items)
        for turn in range(share)
    ]
    return [item for _, _, item in sorted(places, key=lambda place: place[:2])]


def _name(culture: str, names: set[str], dice: Random) -> str:
    """Return a name that nobody has yet, as long as there are any."""
    given, family = NAMES[culture]
    name = ""
    for _ in range(20):
        name = f"{dice.choice(given)} {dice.choice(family)}"
        if name not in names:
            break
    names.add(name)
    return name


def _person(
    ref: str, name: str, team: TeamPlan, profile: Profile, dice: Random
) -> InterpreterValues:
    number = int(ref.removeprefix("IN-"))
    opens, closes = team.hours
    weight, hours = Decimal(1), f"Mon-Fri {opens}-{closes}"
    if number % 6 == 3:
        weight, hours = PART_TIME[number // 6 % len(PART_TIME)]
        hours = hours.format(opens=opens, closes=closes)
    elif number % 9 == 5:
        hours += ";Sat 09:00-13:00"
    return InterpreterValues(
        ref=ref,
        name=name,
        email=f"{ref.lower()}@example.org",
        phone=f"+33 1 99 00 {number // 100 % 100:02} {number % 100:02}",
        team=team.ref,
        languages=profile.languages,
        skills=join_tags(dice.sample(SKILLS, dice.choice((0, 1, 1, 2, 2, 3)))),
        weight=weight,
        hours=hours,
        active=number % 40 != 39,
    )


def _owners(team: TeamPlan, dice: Random) -> tuple[str, ...]:
    """Return who books for this team: a person of each organisation."""
    cultures = [profile.culture for profile in team.profiles]
    owners = []
    for organisation in ORGANISATIONS[team.ref]:
        given, family = NAMES[dice.choice(cultures)]
        owners.append(f"{dice.choice(given)} {dice.choice(family)}, {organisation}")
    return tuple(owners)


def _leave(
    people: Sequence[InterpreterValues], *, start: dt.date, dice: Random
) -> tuple[LeavePlan, ...]:
    """About every second person is away once, for 1 to 12 days of their own calendar."""
    zones = {team.ref: ZoneInfo(team.time_zone) for team in TEAMS}
    leave: list[LeavePlan] = []
    for number, person in enumerate(people):
        if number % 2:
            continue
        first = start + dt.timedelta(days=dice.randint(-PAST_DAYS, FUTURE_DAYS - 5))
        if not leave:
            first = start + dt.timedelta(days=FUTURE_DAYS // 2)
        last = first + dt.timedelta(days=dice.choice((1, 2, 5, 5, 7, 12)))
        zone = zones[person.team]
        leave.append(
            LeavePlan(
                person=person.ref,
                starts_at=dt.datetime.combine(first, dt.time(), zone).astimezone(dt.UTC),
                ends_at=dt.datetime.combine(last, dt.time(), zone).astimezone(dt.UTC),
                reason=dice.choice(LEAVE_REASONS),
            )
        )
    return tuple(leave)


def _do_not_send(
    people: Sequence[InterpreterValues], owners: Mapping[str, tuple[str, ...]], dice: Random
) -> tuple[tuple[str, str], ...]:
    """One owner in four does not want somebody again."""
    rows = set()
    for team in TEAMS:
        staff = [person.ref for person in people if person.team == team.ref]
        for owner in owners[team.ref][::4]:
            if len(staff) > 3:
                rows.add((owner, dice.choice(staff)))
    return tuple(sorted(rows))
