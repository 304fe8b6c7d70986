"""Binding again what an undo took back, if it still fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from assignment.audit import Actor
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.facts import Facts
from assignment.engine.loading import load_facts, load_requests
from assignment.models import Booking
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from pooling import pool
from pooling.models import PlanRow, Run


def reasons_against(rows: Sequence[PlanRow], *, now: dt.datetime) -> dict[int, str]:
    """Return, by row id, why these people could not be bound again now, or empty; locks nothing."""
    policy = current_policy()
    bindings = _bindings(rows)
    facts = load_facts(
        [row.request for row in bindings.values()],
        now=now,
        window_days=policy.weighting.fairness_window_days,
        person_ids=sorted({person_id for row in rows for person_id in row.chosen}),
    )
    return _judge(bindings, facts=facts, policy=policy)


def bind_again(
    rows: Sequence[PlanRow], *, undo: Run, now: dt.datetime, actor: Actor
) -> dict[int, str]:
    """Write: bind these people to these bookings again; return, by row id, why not, or empty.

    Call inside the transaction that holds the locks of the people and the bookings.
    """
    policy = current_policy()
    bindings = _bindings(rows)
    facts = binding.locked_facts(list(bindings.values()), policy=policy, now=now)
    reasons = _judge(bindings, facts=facts, policy=policy)
    good = [row for row in rows if not reasons[row.pk]]
    binding.bind([bindings[row.pk] for row in good], operation=undo.operation)
    pool.restore(
        [row.booking for row in good],
        reason=undo.operation.reason,
        actor=actor,
        operation_key=undo.operation.key,
    )
    return reasons


def _bindings(rows: Sequence[PlanRow]) -> dict[int, Binding]:
    ids = [row.booking_id for row in rows]
    bookings = Booking.objects.filter(pk__in=ids).select_related("team")
    requests = {request.id: request for request in load_requests(bookings)}
    return {
        row.pk: Binding(
            request=requests[row.booking_id],
            chosen=tuple(row.chosen),
            dr_overridden=row.dr_overridden,
        )
        for row in rows
    }


def _judge(bindings: dict[int, Binding], *, facts: Facts, policy: PolicyValues) -> dict[int, str]:
    """Return why not, row by row; what fits counts as bound for those that follow."""
    reasons = {}
    for key, candidate in bindings.items():
        reasons[key] = binding.recheck(candidate, facts=facts, policy=policy)
        if not reasons[key]:
            binding.note_bound(candidate, facts=facts)
    return reasons
