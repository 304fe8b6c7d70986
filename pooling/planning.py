"""Makes a plan: reads one snapshot, decides with no lock held, stores the proposal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db import connection, transaction

from assignment.collecting import at_rest
from assignment.engine.exchange import decide_singly
from assignment.engine.jointly import decide_jointly
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.pipeline import Choice
from assignment.engine.record import PackedRoster, pack_choice, pack_roster
from assignment.engine.request import Needs, RequestOrder, canonical_order
from assignment.enums import Mode, Outcome, Reason
from assignment.inserting import insert_new
from assignment.ledger import spread_of_hours
from assignment.models import Booking, Roster
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from assignment.snapshot import read_snapshot
from pooling.models import Plan, PlanRow
from pooling.pool import hopeless

CHUNK = 500
CHOICE_COLUMNS = (
    "booking_version",
    "outcome",
    "chosen",
    "dr_overridden",
    "reason_code",
    "reason_text",
    "roster_id",
)
"""What a row of a plan says of its choice, but for the record."""
PROPOSED = ("place", "booking_id", *CHOICE_COLUMNS, "record")
proposed = attrgetter(*PROPOSED)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A plan that is not stored yet: rows in order of deciding, and the rosters they share."""

    rows: tuple[PlanRow, ...]
    rosters: tuple[Roster, ...]
    policy: PolicyValues
    spread_before: float
    spread_after: float
    joint: dict[str, Any] | None = None


def draft_plan(
    select: Callable[[PolicyValues], Iterable[Booking]],
    *,
    now: dt.datetime,
    policy: PolicyValues | None = None,
    order: RequestOrder = canonical_order,
    ahead: Callable[[PolicyValues], Iterable[Booking]] | None = None,
) -> Draft:
    """Return what would be decided for the selected bookings; writes nothing.

    ``select`` is called inside the snapshot and loads them with their team; ``policy`` is by
    default the one in force. ``ahead`` selects what BALANCE decides together with them without
    binding it; where it is missing, and in other modes, ``order`` says what is decided first.
    """
    with at_rest():
        return _draft_plan(select, now=now, policy=policy, order=order, ahead=ahead)


def _draft_plan(
    select: Callable[[PolicyValues], Iterable[Booking]],
    *,
    now: dt.datetime,
    policy: PolicyValues | None,
    order: RequestOrder,
    ahead: Callable[[PolicyValues], Iterable[Booking]] | None,
) -> Draft:
    with read_snapshot():
        policy = policy or current_policy()
        corrupt, sound = _sorted_out(select(policy))
        requests = load_requests(sound)
        jointly = ahead is not None and policy.mode == Mode.BALANCE
        later = load_requests(ahead(policy)) if ahead and jointly else ()
        days = policy.weighting.fairness_window_days
        facts = load_facts((*requests, *later), now=now, window_days=days, policy=policy)
    before, joint = spread_of_hours(facts), None
    packer = Packer(policy=policy, now=now)
    if jointly:
        decided = decide_jointly(requests, ahead=later, facts=facts, policy=policy, now=now)
        rows, joint = list(map(packer.row, decided.choices)), decided.as_json()
    else:
        rows = decide_singly(
            requests, facts=facts, policy=policy, now=now, order=order, keep=packer.row
        )
    return Draft(
        rows=numbered((*rows, *map(_undecided, corrupt))),
        rosters=packer.rosters(),
        policy=policy,
        spread_before=before,
        spread_after=spread_of_hours(facts),
        joint=joint,
    )


def numbered(rows: Iterable[PlanRow]) -> tuple[PlanRow, ...]:
    """Return the rows of a plan, each with its place."""
    found = tuple(rows)
    for place, row in enumerate(found, 1):
        row.place = place
    return found


def _sorted_out(selected: Iterable[Booking]) -> tuple[list[Booking], list[Booking]]:
    """Return the bookings that contradict themselves, and those that can be decided."""
    parts: tuple[list[Booking], list[Booking]] = ([], [])
    for booking in selected:
        parts[not hopeless(booking)].append(booking)
    return parts


def store_plan(draft: Draft, *, kind: str, now: dt.datetime) -> Plan:
    """Write the plan with its rows, in one transaction, but for bookings locked by others."""
    with transaction.atomic():
        Roster.objects.bulk_create(draft.rosters, ignore_conflicts=True, batch_size=CHUNK)
        plan = Plan.objects.create(
            kind=kind,
            policy_id=draft.policy.id,
            business_now=now,
            spread_before=draft.spread_before,
            spread_after=draft.spread_after,
            joint=draft.joint,
        )
        free = _free([row.booking_id for row in draft.rows])
        rows = ((plan.pk, *proposed(row)) for row in draft.rows if row.booking_id in free)
        insert_new(PlanRow, ("plan_id", *PROPOSED), rows)
    return plan


def _free(booking_ids: Sequence[int]) -> set[int]:
    """Return the bookings that nobody keeps locked, held against deletion until the commit.

    A row that refers to a locked booking would wait for the lock, and all other rows with it.
    """
    if connection.vendor != "postgresql":
        return set(booking_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM assignment_booking WHERE id = ANY(%s) FOR KEY SHARE SKIP LOCKED",
            [list(booking_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def _undecided(booking: Booking) -> PlanRow:
    """Return the row of an entry that cannot be decided; the claim will put it aside."""
    return PlanRow(
        booking_id=booking.pk,
        booking_version=booking.version,
        outcome=Outcome.ERROR,
        reason_code=Reason.CORRUPT,
        reason_text=f"Corrupt: {hopeless(booking)}",
    )


class Packer:
    """Turns choices into plan rows; equal needs share one packed roster."""

    def __init__(self, *, policy: PolicyValues, now: dt.datetime) -> None:
        self.policy, self.now = policy, now
        self.packed: dict[Needs, PackedRoster] = {}

    def row(self, choice: Choice) -> PlanRow:
        """Return the row of one choice, without its place."""
        needs = choice.request.needs
        if needs not in self.packed:
            self.packed[needs] = pack_roster(choice.shortlist)
        roster = self.packed[needs]
        return PlanRow(
            booking_id=choice.request.id,
            booking_version=choice.request.version,
            outcome=choice.outcome,
            chosen=list(choice.chosen),
            dr_overridden=choice.dr_overridden,
            reason_code=choice.reason_code,
            reason_text=choice.reason_text[:500],
            roster_id=roster.digest,
            record=pack_choice(choice, ordinals=roster.ordinals, policy=self.policy, now=self.now),
        )

    def rosters(self) -> tuple[Roster, ...]:
        """Return the rosters used, once each."""
        found = {roster.digest: roster.record for roster in self.packed.values()}
        return tuple(Roster(digest=key, record=record) for key, record in sorted(found.items()))
