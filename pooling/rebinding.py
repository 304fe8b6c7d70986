"""Binding again what an undo took back, if it still fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from assignment.audit import Actor
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.loading import load_requests
from assignment.models import Booking
from assignment.policies import current_policy
from pooling import pool
from pooling.models import PlanRow, Run


def bind_again(
    rows: Sequence[PlanRow], *, undo: Run, now: dt.datetime, actor: Actor
) -> dict[int, str]:
    """Write: bind these people to these bookings again; return, by row id, why not, or empty.

    Call inside the transaction that holds the locks of the people and the bookings.
    """
    policy = current_policy()
    ids = [row.booking_id for row in rows]
    bookings = Booking.objects.filter(pk__in=ids).select_related("team")
    requests = {request.id: request for request in load_requests(bookings)}
    bindings = {
        row.pk: Binding(
            request=requests[row.booking_id],
            chosen=tuple(row.chosen),
            dr_overridden=row.dr_overridden,
        )
        for row in rows
    }
    facts = binding.locked_facts(list(bindings.values()), policy=policy, now=now)
    reasons = {}
    good = []
    for row in rows:
        candidate = bindings[row.pk]
        reasons[row.pk] = binding.recheck(candidate, facts=facts, policy=policy)
        if not reasons[row.pk]:
            binding.note_bound(candidate, facts=facts)
            good.append(row)
    binding.bind([bindings[row.pk] for row in good], operation=undo.operation)
    pool.restore(
        [row.booking for row in good],
        reason=undo.operation.reason,
        actor=actor,
        operation_key=undo.operation.key,
    )
    return reasons
