"""The bookings of the sample in full, one after the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from assignment.booking_rules import BookingValues
from assignment.enums import DrType, MeetingType
from assignment.interpreter_rules import InterpreterValues
from assignment.models.fields import split_tags
from pooling.sample.people import SKILLS, TEAMS, Staff
from pooling.sample.slots import Slot, Trouble
from pooling.sample.vocabulary import OTHER_TYPES, ROOMS, SKILL_TITLES, TITLES

UNSPOKEN = "en;sw"
WITH_SKILL, WITHOUT_TEAM = 0.2, 0.06
WITH_PREFERRED, WITH_EXCLUDED, WITH_PINNED = 0.08, 0.05, 0.01
FEWEST_WITH_A_SKILL = 3

Able = Mapping[tuple[str, str], Sequence[InterpreterValues]]


class Describer:
    """Turns slots into bookings; each depends on the seed, its slot and its ref alone."""

    def __init__(self, staff: Staff, *, seed: int) -> None:
        self._staff = staff
        self._seed = seed
        self.able: Able = {
            (team.ref, languages): [
                person
                for person in staff.people
                if person.active and person.team == team.ref and speaks(person, languages)
            ]
            for team in TEAMS
            for languages, _ in team.wanted
        }

    def describe(self, slot: Slot, *, ref: str) -> BookingValues:
        """Return the booking of a slot."""
        dice = self._dice(ref)
        # a series is one client with one need; a single booking has its own
        need = self._dice(f"{slot.meeting_type}:{slot.series}") if slot.series else dice
        languages = need.choices(*zip(*slot.team.wanted, strict=True))[0]
        able = self.able[slot.team.ref, languages]
        skill = _skill(able, need)
        skilled = [person for person in able if not skill or skill in split_tags(person.skills)]
        owner = need.choice(self._staff.owners[slot.team.ref])
        dr_type = need.choice(DrType.values) if slot.meeting_type == MeetingType.DR else ""
        is_other = slot.meeting_type == MeetingType.OTHER or dr_type == DrType.OTHER
        needed = dice.choice((2, 2, 3)) if slot.meeting_type == MeetingType.VIP else 1
        booking = BookingValues(
            ref=ref,
            title=_title(slot, owner, skill, need),
            meeting_type=slot.meeting_type.value,
            dr_type=dr_type,
            other_type=need.choice(OTHER_TYPES) if is_other else "",
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            languages=languages,
            skills=skill,
            team="" if need.random() < WITHOUT_TEAM else slot.team.ref,
            owner=owner,
            group=_group(slot, owner),
            room=need.choice(ROOMS),
            interpreters_needed=max(1, min(needed, len(skilled))),
            **_named(skilled, dice),
        )
        return self._troubled(booking, slot)

    def _troubled(self, booking: BookingValues, slot: Slot) -> BookingValues:
        """Make sure that nobody can do a booking that is meant to be impossible."""
        if slot.trouble is Trouble.NONE:
            return booking
        plain = replace(booking, skills="", preferred=(), excluded=(), pinned=())
        if slot.trouble is Trouble.SUNDAY_NIGHT:
            return plain
        if slot.trouble is Trouble.ON_LEAVE and (away := self._somebody_away(slot)):
            return replace(plain, languages=slot.team.wanted[0][0], pinned=(away,))
        return replace(plain, languages=UNSPOKEN)

    def _somebody_away(self, slot: Slot) -> str | None:
        """Return one of the team who would have the languages, but is on leave."""
        able = {person.ref for person in self.able[slot.team.ref, slot.team.wanted[0][0]]}
        for leave in self._staff.leave:
            covers = leave.starts_at <= slot.starts_at and slot.ends_at <= leave.ends_at
            if covers and leave.person in able:
                return leave.person
        return None

    def _dice(self, key: str) -> Random:
        return Random(f"{self._seed}:{key}")  # noqa: S311 - a description, not a secret


def booking_ref(number: int) -> str:
    """Return the ref of the booking of this number, from 1."""
    return f"BK-{number:06}"


def speaks(person: InterpreterValues, languages: str) -> bool:
    """Tell whether a person has every language; a pair needs both of its sides."""
    return set(split_tags(languages.replace(">", ";"))) <= set(split_tags(person.languages))


def _skill(able: Sequence[InterpreterValues], dice: Random) -> str:
    """Return a skill that some of those who have the languages also have, or none."""
    wanted = dice.choice(SKILLS)
    having = sum(wanted in split_tags(person.skills) for person in able)
    return wanted if dice.random() < WITH_SKILL and having >= FEWEST_WITH_A_SKILL else ""


def _named(skilled: Sequence[InterpreterValues], dice: Random) -> dict[str, Any]:
    """Return whom the client wants, does not want, or insists on."""
    draw = dice.random()
    if len(skilled) < FEWEST_WITH_A_SKILL:
        return {}
    first, second = dice.sample([person.ref for person in skilled], 2)
    if draw < WITH_PINNED:
        return {"pinned": (first,)}
    if draw < WITH_PINNED + WITH_EXCLUDED:
        return {"excluded": (first,)}
    if draw < WITH_PINNED + WITH_EXCLUDED + WITH_PREFERRED:
        return {"preferred": tuple(sorted((first, second)))}
    return {}


def _title(slot: Slot, owner: str, skill: str, dice: Random) -> str:
    is_plain = slot.meeting_type in (MeetingType.GENERAL, MeetingType.URGENT)
    titles = SKILL_TITLES[skill] if skill and is_plain else TITLES[slot.meeting_type]
    return dice.choice(titles).format(org=_organisation(owner), n=slot.turn)


def _group(slot: Slot, owner: str) -> str:
    if not slot.series:
        return ""
    return f"{slot.meeting_type.value} {slot.series}, {_organisation(owner)}"


def _organisation(owner: str) -> str:
    return owner.partition(", ")[2]
