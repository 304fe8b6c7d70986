"""Whether those who are bound to work that is still to come may and can do it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from assignment.engine.rules.qualification import speaks
from assignment.enums import AssignmentState, PersonKind
from assignment.models import Assignment, BookingPerson, DoNotSend, Leave
from assignment.models.fields import split_tags
from monitoring.audits.finding import Examined, Wrong

COLUMNS = ("pk", "interpreter__ref", "booking__ref")
ADVICE = "find somebody else, or put it right"


def nobody_is_bound_who_is_not_active(now: dt.datetime) -> Examined:
    """Everybody with work to come is active, and so is their team."""
    gone = Q(interpreter__active=False) | Q(interpreter__team__active=False)
    return _examined(_to_come(now), wrong=_to_come(now).filter(gone), what="is not active")


def nobody_is_bound_who_is_on_leave(now: dt.datetime) -> Examined:
    """Nobody with work to come is on leave then."""
    leave = Leave.objects.filter(
        interpreter=OuterRef("interpreter"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    return _examined(_to_come(now), wrong=_to_come(now).filter(Exists(leave)), what="is on leave")


def nobody_is_bound_who_is_excluded(now: dt.datetime) -> Examined:
    """Nobody with work to come is excluded, has declined, or is unwanted by the owner."""
    named = BookingPerson.objects.filter(
        booking=OuterRef("booking"),
        interpreter=OuterRef("interpreter"),
        kind__in=(PersonKind.EXCLUDED, PersonKind.DECLINED),
    )
    unwanted = DoNotSend.objects.filter(
        owner=OuterRef("booking__owner"), interpreter=OuterRef("interpreter")
    )
    rows = _to_come(now).filter(Q(Exists(named)) | Q(Exists(unwanted)))
    return _examined(_to_come(now), wrong=rows, what="is excluded or not wanted")


def nobody_is_bound_without_the_languages(now: dt.datetime) -> Examined:
    """Everybody with work to come speaks the languages; read as a stream."""
    checked = 0
    wrong = []
    rows = _to_come(now).order_by("pk")
    columns = (*COLUMNS, "interpreter__languages", "booking__languages")
    for key, person, ref, known, wanted in rows.values_list(*columns).iterator():
        checked += 1
        if not _speaks_all(known, wanted):
            wrong.append(_wrong(key, person, ref, what="lacks a language"))
    return Examined(checked=checked, wrong=tuple(wrong))


def _to_come(now: dt.datetime) -> QuerySet[Assignment, Any]:
    active = Assignment.objects.filter(
        state=AssignmentState.ACTIVE, ends_at__gt=now, booking__isnull=False
    )
    return active.order_by()


@lru_cache(maxsize=10_000)
def _speaks_all(known: str, wanted: str) -> bool:
    languages = frozenset(split_tags(known))
    return all(speaks(languages, tag) for tag in split_tags(wanted))


def _examined(
    rows: QuerySet[Assignment, Any], *, wrong: QuerySet[Assignment, Any], what: str
) -> Examined:
    found = wrong.order_by("pk").values_list(*COLUMNS)
    return Examined(
        checked=rows.count(),
        wrong=tuple(_wrong(key, person, ref, what=what) for key, person, ref in found),
    )


def _wrong(key: int, person: str, ref: str, *, what: str) -> Wrong:
    return Wrong(
        key=key, thing=f"assignment {key}", message=f"{person} {what}, but has {ref}: {ADVICE}."
    )
