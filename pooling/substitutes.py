"""Who else could take a booking: everybody, ranked as they would be decided now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from assignment.engine.candidate import REJECTED, Candidate
from assignment.engine.explain import explain
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.pipeline import Choice, choose
from assignment.engine.record import pack_choice, pack_roster
from assignment.enums import AssignmentState
from assignment.models import Assignment, Booking, Decision, Roster
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from assignment.snapshot import read_snapshot


@dataclass(frozen=True, kw_only=True)
class Substitutes:
    """Who could take it, best first, who cannot by ref, and who has it now.

    ``needed``: how many are to be chosen: the open positions, or one in the place of one of
    ``present``.
    """

    able: tuple[Candidate, ...]
    unable: tuple[Candidate, ...]
    present: tuple[Assignment, ...]
    needed: int


def substitutes(booking: Booking, *, now: dt.datetime) -> Substitutes:
    """Return everybody but who has it, as they would be decided now; writes nothing.

    Of a booking with open positions: for these. Of one that is wholly bound: for the place of
    one of its people, who are all still busy with it. A constant number of queries.
    """
    with read_snapshot():
        policy = current_policy()
        rows = Booking.objects.filter(pk=booking.pk).select_related("team")
        (request,) = load_requests(rows)
        present = _present(booking)
        window = policy.weighting.fairness_window_days
        facts = load_facts([request], now=now, window_days=window, policy=policy)
    if not request.positions:
        request = replace(request, positions=(present[0].position if present else 1,))
    choice = choose(request, facts=facts, policy=policy, now=now)
    told = explain(_unsaved(booking, choice, policy=policy, now=now))
    having = {row.interpreter.ref for row in present}
    others = [row for row in told.candidates if row.interpreter not in having]
    return Substitutes(
        able=tuple(row for row in others if row.verdict != REJECTED),
        unable=tuple(row for row in others if row.verdict == REJECTED),
        present=present,
        needed=request.needed,
    )


def _present(booking: Booking) -> tuple[Assignment, ...]:
    rows = Assignment.objects.filter(booking=booking, state=AssignmentState.ACTIVE)
    return tuple(rows.select_related("interpreter").order_by("position"))


def _unsaved(
    booking: Booking, choice: Choice, *, policy: PolicyValues, now: dt.datetime
) -> Decision:
    """Return the choice as a decision that nobody stores, to be explained like a stored one."""
    packed = pack_roster(choice.shortlist)
    return Decision(
        booking=booking,
        policy_id=policy.id,
        roster=Roster(digest=packed.digest, record=packed.record),
        outcome=choice.outcome,
        reason_code=choice.reason_code,
        reason_text=choice.reason_text,
        record=pack_choice(choice, ordinals=packed.ordinals, policy=policy, now=now),
        decided_at=now,
        decided_by="live",
    )
