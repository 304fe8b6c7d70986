"""What a booking may say: pure checks of one booking given as values.

The admin forms, the CSV import and the sample data all pass here; the database's checks
stand behind them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from assignment.enums import DrType, MeetingType
from assignment.field_rules import (
    Finding,
    checked_findings,
    longest,
    pair_findings,
    ref_findings,
    remembered,
    shown,
    text_findings,
)
from assignment.models import Booking, Interpreter, Team
from assignment.models.fields import split_tags
from assignment.querysets import LONGEST
from assignment.validators import validate_languages, validate_skills

MOST_NEEDED = 20
FIRST_YEAR, LAST_YEAR = 2000, 2100
TEXTS = ("other_type", "owner", "group", "room")
LENGTHS = {
    field: longest(Booking, field) for field in ("ref", "title", "languages", "skills", *TEXTS)
}
TEAM_LENGTH = longest(Team, "ref")
PERSON_LENGTH = longest(Interpreter, "ref")
MEETING_TYPES, DR_TYPES = frozenset(MeetingType.values), frozenset(DrType.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingValues:
    """One booking as values: tags as canonical text, people and team as refs.

    ``None`` stands for an instant that is missing (or could not be read, which whoever
    read it has said already); instants are aware.
    """

    ref: str
    title: str
    meeting_type: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    languages: str
    dr_type: str = ""
    other_type: str = ""
    skills: str = ""
    team: str = ""
    owner: str = ""
    group: str = ""
    room: str = ""
    interpreters_needed: int = 1
    preferred: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()


def booking_findings(values: BookingValues) -> tuple[Finding, ...]:
    """Return everything that is wrong with a booking, field by field; empty = nothing.

    What bookings share, such as kind, languages and place, is judged once for thousands of them.
    """
    return (
        *ref_findings("ref", values.ref, length=LENGTHS["ref"], required=True),
        *text_findings("title", values.title, length=LENGTHS["title"], required=True),
        *_type_findings(values.meeting_type, values.dr_type, values.other_type),
        *time_findings(values.starts_at, values.ends_at),
        *_tag_findings(values.languages, values.skills),
        *_text_findings(values.team, values.other_type, values.owner, values.group, values.room),
        *people_findings(values),
    )


def people_findings(values: BookingValues) -> tuple[Finding, ...]:
    """1 to 20 people; named ones have sound refs and do not contradict each other."""
    return _people_findings(
        values.interpreters_needed, values.preferred, values.excluded, values.pinned
    )


@remembered
def _type_findings(meeting_type: str, dr_type: str, other_type: str) -> Iterator[Finding]:
    """DR needs a DR type, “Other” needs its free text, all other types carry neither."""
    if meeting_type not in MEETING_TYPES:
        yield _not_one_of("meeting_type", meeting_type, MeetingType.values)
        return
    if dr_type and dr_type not in DR_TYPES:
        yield _not_one_of("dr_type", dr_type, DrType.values)
    elif meeting_type == MeetingType.DR and not dr_type:
        yield Finding(
            field="dr_type",
            message=f"A DR booking needs a DR type: one of {', '.join(DrType.values)}.",
        )
    elif meeting_type != MeetingType.DR and dr_type:
        yield Finding(field="dr_type", message="Only a DR booking has a DR type: leave it empty.")
    is_other = meeting_type == MeetingType.OTHER or dr_type == DrType.OTHER
    if is_other and not other_type.strip():
        yield Finding(field="other_type", message="Say in words what “Other” is.")
    elif other_type and not is_other:
        yield Finding(
            field="other_type", message="Only the type “Other” has a free text: leave it empty."
        )


def time_findings(starts_at: dt.datetime | None, ends_at: dt.datetime | None) -> Iterator[Finding]:
    """Start before end, at most 24 hours, each a whole second with offset in 2000 to 2100."""
    problems = [
        Finding(field=field, message=message)
        for field, instant in (("starts_at", starts_at), ("ends_at", ends_at))
        if (message := instant_message(instant))
    ]
    yield from problems
    if problems or starts_at is None or ends_at is None:
        return
    if ends_at <= starts_at:
        yield Finding(field="ends_at", message="The booking must end after it starts.")
    elif ends_at - starts_at > LONGEST:
        yield Finding(
            field="ends_at", message="A booking lasts 24 hours at most: split it into several."
        )


def instant_message(instant: dt.datetime | None) -> str | None:
    """Return what is wrong with one instant."""
    if instant is None:
        return "Give the date and time."
    if instant.tzinfo is None:
        return "The time has no offset: write such as 2026-11-23T06:00:00+00:00."
    if instant.microsecond:
        return "Write whole seconds, without a fraction."
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        return f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}."
    return None


@remembered
def _tag_findings(languages: str, skills: str) -> Iterator[Finding]:
    """At least one language; valid tags, pairs and skills."""
    yield from checked_findings(
        "languages",
        languages,
        length=LENGTHS["languages"],
        required=True,
        check=validate_languages,
    )
    yield from pair_findings("languages", split_tags(languages))
    yield from checked_findings("skills", skills, length=LENGTHS["skills"], check=validate_skills)


@remembered
def _text_findings(team: str, *texts: str) -> Iterator[Finding]:
    """The ref of a team, and ``TEXTS`` that fit and can be seen."""
    yield from ref_findings("team", team, length=TEAM_LENGTH)
    for field, text in zip(TEXTS, texts, strict=True):
        yield from text_findings(field, text, length=LENGTHS[field])


@remembered
def _people_findings(
    needed: int, preferred: tuple[str, ...], excluded: tuple[str, ...], pinned: tuple[str, ...]
) -> Iterator[Finding]:
    named = {"preferred": preferred, "excluded": excluded, "pinned": pinned}
    if not 1 <= needed <= MOST_NEEDED:
        yield Finding(
            field="interpreters_needed", message=f"Between 1 and {MOST_NEEDED} can be needed."
        )
    elif len(pinned) > needed:
        yield Finding(
            field="pinned",
            message=f"{len(pinned)} people are pinned and only {needed} needed: "
            "pin fewer or need more.",
        )
    for field, refs in named.items():
        for ref in refs:
            yield from ref_findings(field, ref, length=PERSON_LENGTH)
    for field in ("preferred", "pinned"):
        for ref in sorted(set(named[field]) & set(excluded)):
            yield Finding(
                field=field, message=f"{ref} is both {field} and excluded: decide for one."
            )


def _not_one_of(field: str, value: str, allowed: list[str]) -> Finding:
    choices = f"one of {', '.join(allowed)}."
    if not value:
        return Finding(field=field, message=f"Write {choices}")
    label = field.replace("_", " ").replace("dr ", "DR ")
    return Finding(field=field, message=f"“{shown(value)}” is no {label}: write {choices}")
