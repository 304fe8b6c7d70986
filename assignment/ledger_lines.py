"""One person's ledger, line by line: what counts, how much, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assignment.engine import unsocial
from assignment.engine.accounts import Ledger
from assignment.engine.opportunity import unpack_people
from assignment.enums import AdjustmentKind, FairShare
from assignment.ledger import Fairness, Standing, by_every_share, read_ledger
from assignment.models import Assignment, Interpreter, LedgerAdjustment
from assignment.policy_values import PolicyValues

MOST_LINES = 500


@dataclass(frozen=True, kw_only=True)
class Line:
    """One entry: ``hours`` as they count; ``part``: of a booking, the person's by right.

    ``could``: how many could have had the booking; None where no decision is stored.
    """

    at: dt.datetime
    what: str
    reason: str
    hours: float
    booking: int | None = None
    part: float | None = None
    could: int | None = None


@dataclass(frozen=True, kw_only=True)
class Balance:
    """A person against both definitions of a fair share (``in_force`` is the policy's).

    ``lines``: newest first, at most 500; ``hidden``: how many more there are.
    """

    standings: tuple[tuple[str, Standing], ...]
    in_force: str
    lines: tuple[Line, ...]
    hidden: int


def read_balance(person: Interpreter, *, now: dt.datetime, policy: PolicyValues) -> Balance:
    """Return the person's ledger of the fairness window. Load the person with their team."""
    since = now - dt.timedelta(days=policy.weighting.fairness_window_days)
    ledger = read_ledger(window_start=since, policy=policy)
    found = by_every_share(ledger, window_start=since)
    lines = sorted(
        (
            *_work(person, ledger, since=since, policy=policy),
            *_adjustments(person, since=since),
        ),
        key=lambda line: (line.at, line.what),
        reverse=True,
    )
    return Balance(
        standings=tuple(
            (each.definition, standing) for each in found for standing in _own(each, person=person)
        ),
        in_force=str(FairShare(policy.fair_share).label),
        lines=tuple(lines[:MOST_LINES]),
        hidden=max(0, len(lines) - MOST_LINES),
    )


def _own(found: Fairness, *, person: Interpreter) -> list[Standing]:
    return [row for row in found.rows if row.ref == person.ref]


def _work(
    person: Interpreter, ledger: Ledger, *, since: dt.datetime, policy: PolicyValues
) -> list[Line]:
    zone = unsocial.zone_of(person.time_zone or (person.team.time_zone if person.team else "UTC"))
    weights = {member.id: member.weight for member in ledger.members}
    rows = Assignment.objects.busy().filter(interpreter=person, starts_at__gt=since)
    lines = []
    for row in rows.select_related("booking__opportunity", "session"):
        seconds = (row.ends_at - row.starts_at).total_seconds()
        extra = unsocial.extra_seconds(
            policy.unsocial, start=row.starts_at, end=row.ends_at, zone=zone
        )
        kept = getattr(row.booking, "opportunity", None)
        could = [key for key in unpack_people(kept.people) if key in weights] if kept else []
        total = sum(weights[key] for key in could)
        mine = weights[person.pk] if person.pk in could else 0.0
        lines.append(
            Line(
                at=row.starts_at,
                what=row.purpose.ref,
                reason=f"with {extra / 3600:g} h for unsocial hours" if extra else "",
                hours=round((seconds + extra) / 3600, 4),
                booking=row.booking_id,
                part=round(seconds / 3600 * mine / total, 4) if total else None,
                could=len(could) if total else None,
            )
        )
    return lines


def _adjustments(person: Interpreter, *, since: dt.datetime) -> list[Line]:
    rows = LedgerAdjustment.objects.filter(interpreter=person, effective_at__gt=since)
    return [
        Line(
            at=row.effective_at,
            what=str(AdjustmentKind(row.kind).label),
            reason=row.reason,
            hours=round(row.minutes / 60, 4),
        )
        for row in rows
    ]
