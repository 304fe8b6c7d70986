"""Processing chosen entries at once, outside sweep and tick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from assignment.audit import Actor
from assignment.failures import outlasting
from assignment.models import Booking
from pooling import holds, pool, selection
from pooling.models import Plan, Run
from pooling.planning import draft_plan, store_plan
from pooling.runs import Order, execute, open_run


def preview_entries(booking_ids: Sequence[int], *, now: dt.datetime) -> Plan:
    """Write nothing but a plan: what would be decided for these waiting and ready entries now."""
    draft = draft_plan(lambda _: selection.for_preview_of(booking_ids), now=now)
    return store_plan(draft, kind=Plan.Kind.ENTRIES, now=now)


def process_entries(
    booking_ids: Sequence[int], *, now: dt.datetime, actor: Actor, key: str, reason: str
) -> Run:
    """Write: decide these waiting or ready entries now and bind what can be bound.

    Same key = same run: a repeated click finds it finished and changes nothing. Deadlines
    and backoff are passed over; entries that somebody is processing are left alone.
    Raises ClaimHoldError while claiming is on hold.
    """
    order = Order(
        kind=Plan.Kind.ENTRIES,
        key=key,
        slot="",
        select=lambda _: selection.for_entries(booking_ids),
        now=now,
        actor=actor,
        reason=reason,
    )
    outlasting()(_open, order, booking_ids=list(booking_ids))
    return execute(order).run


def _open(order: Order, *, booking_ids: Sequence[int]) -> None:
    """Write, if the run is new: open it and bring the entries to the queue."""
    if Run.objects.filter(operation__key=order.key).exists():
        return
    holds.require_none()
    with transaction.atomic():
        open_run(order)
        chosen = Booking.objects.filter(pk__in=booking_ids)
        pool.try_now(chosen, actor=order.actor, reason=order.reason)
