"""The drift alarm: whether the latest work was given out with a bias, by the ledger's shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from assignment.engine.accounts import Ledger
from assignment.engine.drift import FAVOURED, Award, drifts, unit_seconds
from assignment.engine.opportunity import unpack_people
from assignment.engine.sums import LENGTH, work_since
from assignment.enums import FairShare
from assignment.models import Opportunity
from assignment.policy_values import PolicyValues

AWARDS = 300
"""How many of the latest awards are looked at: three times what a bias of 10 % needs."""


@dataclass(frozen=True, kw_only=True)
class DriftAlarm:
    """Somebody who gets more or less than their part, again and again.

    ``bookings``: how far the sum of differences has run, in bookings of usual length.
    """

    id: int
    ref: str
    name: str
    team: str
    direction: str
    bookings: float


def drift_alarms(
    ledger: Ledger,
    *,
    deviations: Mapping[str, float],
    window_start: dt.datetime,
    policy: PolicyValues,
) -> tuple[DriftAlarm, ...]:
    """Return the alarms that stand, by ref: one query. ``deviations``: hours above the share.

    Nothing is stored: an alarm closes by itself when later work has made good for half of it.
    Whoever is favoured while still below the fair share is being made even, and is no alarm;
    neither is whoever is passed over while above it, nor anybody within one booking of it.
    """
    members = {member.id: member for member in ledger.members if member.active}
    awards = _awards(ledger, window_start=window_start, policy=policy)
    booking = unit_seconds(awards) / 3600
    found = []
    for drift in drifts(awards):
        member = members.get(drift.person_id)
        if member is None:
            continue
        above = deviations[member.ref]
        if (above > 0) == (drift.direction == FAVOURED) and abs(above) > booking:
            found.append(
                DriftAlarm(
                    id=member.id,
                    ref=member.ref,
                    name=member.name,
                    team=member.team,
                    direction=drift.direction,
                    bookings=round(drift.bookings, 1),
                )
            )
    return tuple(sorted(found, key=lambda alarm: alarm.ref))


def _awards(ledger: Ledger, *, window_start: dt.datetime, policy: PolicyValues) -> list[Award]:
    """Return the latest awards in the order in which they were made.

    Equal share of opportunity: each split over those who could have had it; what no decision
    is stored for tells nothing. Equal outcome: over everybody who was known and not away.
    """
    by_opportunity = policy.fair_share == FairShare.OPPORTUNITY
    kept = Opportunity.objects.filter(booking=OuterRef("booking")).values("people")
    rows = (
        work_since(window_start)
        .annotate(seconds=LENGTH, mask=Subquery(kept))
        .order_by("-pk")
        .values_list("interpreter_id", "starts_at", "created_at", "seconds", "mask")[:AWARDS]
    )
    weights = {member.id: member.weight for member in ledger.members}
    everybody = {member.id: member.weight for member in ledger.members if member.active}
    awards = []
    known = {member.id: member.known for member in ledger.members if member.known}
    for person_id, starts_at, created_at, seconds, mask in reversed(list(rows)):
        if by_opportunity:
            could = {key: weights[key] for key in unpack_people(mask or b"") if key in weights}
        else:
            away = ledger.presence.away_at(starts_at)
            away |= {key for key, moment in known.items() if moment > created_at}
            could = {key: weight for key, weight in everybody.items() if key not in away}
        if could:
            awards.append(Award(person_id=person_id, seconds=seconds, parts=_parts(could)))
    return awards


def _parts(weights: Mapping[int, float]) -> dict[int, float]:
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}
