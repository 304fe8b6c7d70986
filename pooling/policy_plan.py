"""Who would get what a new policy makes due: shown before it is in force, then done as shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping

from django.core import signing

from assignment.audit import Actor
from assignment.models import Booking
from assignment.policy_values import PolicyValues
from pooling import selection
from pooling.exactly import leave_open
from pooling.impact import Impact
from pooling.models import Plan, Run
from pooling.planning import Draft, draft_plan, store_plan
from pooling.plans import apply_plan

AT_ONCE = 200
"""Due entries that a request decides itself; more than that are left to the worker."""
SALT = "interpool.proposal"
CHANGED = "It would get another result than was shown."
Proposal = Mapping[str, list[str | int]]


def propose(effect: Impact, *, values: PolicyValues, now: dt.datetime) -> Draft | None:
    """Return who would get what becomes due by these values; writes nothing.

    None when nothing becomes due, or more than a request decides itself.
    """
    deadlines = {row.entry.id: row.deadline for row in effect.of("immediate")}
    if not 0 < len(deadlines) <= AT_ONCE:
        return None

    def due(_: PolicyValues) -> Iterator[Booking]:
        for booking in selection.for_preview_of(list(deadlines)):
            booking.pool_deadline_time = deadlines[booking.pk]
            yield booking

    return draft_plan(due, now=now, policy=values)


def keep(draft: Draft) -> str:
    """Return what a draft proposes for each booking, signed, to travel with the page."""
    return signing.dumps(_proposal(draft), salt=SALT, compress=True)


def differing(kept: str, draft: Draft) -> frozenset[int]:
    """Return the bookings for which a draft proposes something else than was kept."""
    try:
        shown: Proposal = signing.loads(kept, salt=SALT)
    except signing.BadSignature:
        shown = {}
    return frozenset(int(key) for key, told in _proposal(draft).items() if shown.get(key) != told)


def carry_out(
    draft: Draft,
    *,
    leave_out: Collection[int],
    changed: Collection[int],
    key: str,
    now: dt.datetime,
    actor: Actor,
    reason: str,
) -> Run:
    """Write: do what was shown, by a draft under the policy now in force; once for the key.

    What was left out by hand, or is in ``changed``, stays ready for the next tick. Raises
    ClaimHoldError while claiming is on hold.
    """
    plan = store_plan(draft, kind=Plan.Kind.ENTRIES, now=now)
    leave_open(plan.rows.filter(booking_id__in=changed), why=CHANGED)
    return apply_plan(plan, leave_out=leave_out, now=now, actor=actor, reason=reason, key=key).run


def _proposal(draft: Draft) -> dict[str, list[str | int]]:
    return {str(row.booking_id): [str(row.outcome), *row.chosen] for row in draft.rows}
