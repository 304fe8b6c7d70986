"""One chunk, one transaction: re-check every fact under locks, bind, settle.

All effects - assignments, decisions, audit events, pool states, plan rows - are written
together or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from assignment.audit import Actor
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.loading import load_requests
from assignment.engine.opportunities import keep_opportunities
from assignment.enums import Outcome, Result
from assignment.expressions import Among
from assignment.inserting import insert_new
from assignment.models import Booking, Decision, Operation
from assignment.policy_values import PolicyValues
from pooling import pool
from pooling.models import PlanRow
from pooling.planning import CHOICE_COLUMNS


@dataclass(frozen=True, kw_only=True)
class Work:
    """What all chunks of one run share.

    ``exactly``: the plan was shown to somebody, so that what went stale is left as it was
    instead of being decided anew. ``emergency``: tries follow each other within seconds, and
    what cannot be brought to an end is handed to a person instead of waiting.
    """

    operation: Operation
    policy: PolicyValues
    now: dt.datetime
    actor: Actor
    exactly: bool = False
    emergency: bool = False

    @property
    def pauses(self) -> tuple[float, ...]:
        """Seconds to wait before each try at one entry."""
        return (0, 0.5, 1, 2, 4) if self.emergency else (0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A row of the plan whose booking is held, and the choice re-read for binding."""

    row: PlanRow
    booking: Booking
    binding: Binding


def apply_chunk(rows: Sequence[PlanRow], *, token: str, work: Work) -> list[PlanRow]:
    """Write, in one transaction: bind and settle; return the rows whose facts went stale."""
    with transaction.atomic():
        found = _read_held(rows, token=token)
        chosen = [row.binding for row in found]
        facts = binding.locked_facts(chosen, policy=work.policy, now=work.now)
        good: list[Held] = []
        stale: list[PlanRow] = []
        for row in _lock_entries(found, token=token):
            problem = _problem(row, work=work) or binding.recheck(
                row.binding, facts=facts, policy=work.policy
            )
            if problem:
                row.row.stale = problem[:200]
                stale.append(row.row)
                continue
            binding.note_bound(row.binding, facts=facts)
            good.append(row)
        _write(good, token=token, work=work)
    return stale


def _read_held(rows: Sequence[PlanRow], *, token: str) -> list[Held]:
    by_booking = {row.booking_id: row for row in rows}
    bookings = {
        booking.pk: booking for booking in pool.held(token, by_booking).select_related("team")
    }
    requests = {request.id: request for request in load_requests(bookings.values())}
    return [
        Held(
            row=row,
            booking=bookings[row.booking_id],
            binding=Binding(
                request=requests[row.booking_id],
                chosen=tuple(row.chosen),
                dr_overridden=row.dr_overridden,
            ),
        )
        for row in rows
        if row.booking_id in bookings
    ]


def _lock_entries(found: Sequence[Held], *, token: str) -> list[Held]:
    """Lock the entries, after the people; return those that are still held, as they are now."""
    ids = [row.booking.pk for row in found]
    still = pool.held(token, ids).order_by("pk").select_for_update(of=("self",))
    versions = dict(still.values_list("pk", "version"))
    kept = [row for row in found if row.booking.pk in versions]
    for row in kept:
        row.booking.version = versions[row.booking.pk]
    return kept


def _problem(row: Held, *, work: Work) -> str:
    if row.booking.version != row.row.booking_version:
        return "The booking was changed."
    if row.row.outcome == Outcome.ASSIGN and row.booking.starts_at <= work.now:
        return "The meeting has started."
    if row.row.outcome == Outcome.ERROR:
        return "Deciding failed."
    return ""


def _write(good: Sequence[Held], *, token: str, work: Work) -> None:
    if not good:
        return
    bound = [row for row in good if row.binding.chosen]
    whole = [row for row in good if not row.row.reason_code]
    handed = [row for row in good if row.row.reason_code]
    binding.bind([row.binding for row in bound], operation=work.operation)
    _write_decisions(good, work=work)
    keep_opportunities({row.booking.pk: row.row.record for row in bound})
    key, version = work.operation.key, work.policy.version
    pool.settle_assigned(
        [row.booking for row in whole],
        token=token,
        actor=work.actor,
        operation_key=key,
        policy_version=version,
    )
    pool.settle_escalated(
        [
            pool.Escalation(booking=row.booking, code=row.row.reason_code, text=row.row.reason_text)
            for row in handed
        ],
        token=token,
        now=work.now,
        actor=work.actor,
        operation_key=key,
        policy_version=version,
    )
    _close_rows(whole, result=Result.ASSIGNED)
    _close_rows(handed, result=Result.ESCALATED)


def _write_decisions(good: Sequence[Held], *, work: Work) -> None:
    own = ("booking_id", "roster_id", "outcome", "reason_code", "reason_text", "record")
    shared = {
        "operation_id": work.operation.pk,
        "policy_id": work.policy.id,
        "decided_at": work.now,
        "decided_by": work.actor.name,
    }
    values = attrgetter(*own)
    rows = ((*values(row.row), *shared.values()) for row in good)
    insert_new(Decision, (*own, *shared), rows)


def _close_rows(held_rows: Sequence[Held], *, result: Result) -> None:
    """Write the results; a row that was decided anew also keeps its new choice."""
    ended = {"result": result, "record": None, "settled_at": timezone.now()}
    planned = [row.row.pk for row in held_rows if not row.row.stale]
    PlanRow.objects.filter(Among("pk", planned)).update(**ended, result_reason=F("reason_text"))
    for row in (row.row for row in held_rows if row.row.stale):
        PlanRow.objects.filter(pk=row.pk).update(
            **ended,
            result_reason=row.reason_text,
            stale=row.stale,
            **{name: getattr(row, name) for name in CHOICE_COLUMNS},
        )
