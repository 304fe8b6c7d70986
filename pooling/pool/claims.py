"""Claims: entries held under a lease by the database's clock, fenced by a token.

Every write that ends a claim names its token; who lost the lease changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from assignment.audit import Actor
from assignment.clock import database_now
from assignment.enums import BookingState, PoolStatus, Reason
from assignment.errors import LeaseLostError
from assignment.expressions import Among
from assignment.failures import outlasting
from assignment.models import Booking
from pooling import holds
from pooling.pool.contradictions import hopeless, is_settled
from pooling.pool.mending import quarantine, take_out
from pooling.pool.states import NO_LEASE, OUT_OF_POOL, audit, locked, those
from pooling.pool.taking import lease_end, take
from pooling.retries import MAX_CLAIMS, next_attempt
from pooling.worker import claim_token, is_known_dead

RESCUED_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Ids of the entries held under one token."""

    token: str
    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """A held entry to be handed to a person, with its reason."""

    booking: Booking
    code: str
    text: str


def claim(wanted: QuerySet[Booking], *, limit: int, actor: Actor, operation_key: str) -> Claim:
    """Write, in a transaction of its own: take up to ``limit`` ready entries under a lease.

    The attempt is counted here, so that an entry that kills its worker cannot loop for
    ever. Entries that somebody else is just claiming are passed over; one that contradicts
    itself is not taken but quarantined, or cleared when it is settled already.
    A claim whose connection was cut is found again by its token. Raises ClaimHoldError while
    claiming is on hold.
    """
    token = claim_token()
    is_first = True

    def found_or_taken() -> tuple[int, ...]:
        nonlocal is_first
        known = () if is_first else _claimed(token)
        is_first = False
        return known or _claim(
            wanted, token=token, limit=limit, actor=actor, operation_key=operation_key
        )

    return Claim(token=token, ids=outlasting()(found_or_taken))


def _claimed(token: str) -> tuple[int, ...]:
    mine = Booking.objects.filter(pool_status=PoolStatus.PROCESSING, pool_claimed_by=token)
    return tuple(mine.order_by("pk").values_list("pk", flat=True))


def _claim(
    wanted: QuerySet[Booking], *, token: str, limit: int, actor: Actor, operation_key: str
) -> tuple[int, ...]:
    met = take(wanted, token=token, limit=limit, actor=actor, operation_key=operation_key)
    if met.wrong:
        _put_aside(met.wrong, actor=actor, operation_key=operation_key)
    elif not met.taken:
        holds.require_none()
    return met.taken


def held(token: str, ids: Iterable[int]) -> QuerySet[Booking]:
    """Return those of the entries that the claim still holds."""
    return Booking.objects.filter(
        Among("pk", ids), pool_status=PoolStatus.PROCESSING, pool_claimed_by=token
    )


def renew(token: str) -> int:
    """Write: push the lease of everything still held under the token; return how many."""
    mine = Booking.objects.filter(pool_status=PoolStatus.PROCESSING, pool_claimed_by=token)
    return mine.update(pool_lease_until=lease_end())


def settle_assigned(
    bookings: Sequence[Booking],
    *,
    token: str,
    actor: Actor,
    operation_key: str,
    policy_version: int,
) -> None:
    """Write: end the claim of these bookings with an assignment."""
    _end_claim(bookings, token=token, state=BookingState.APPROVED, **OUT_OF_POOL)
    audit(
        bookings,
        "assign",
        to=BookingState.APPROVED,
        reason="Decided and bound.",
        actor=actor,
        operation_key=operation_key,
        policy_version=policy_version,
    )


def settle_escalated(
    escalations: Sequence[Escalation],
    *,
    token: str,
    now: dt.datetime,
    actor: Actor,
    operation_key: str,
    policy_version: int,
) -> None:
    """Write: end the claim of these bookings by handing them to a person."""
    by_reason: dict[tuple[str, str], list[Booking]] = defaultdict(list)
    for row in escalations:
        by_reason[row.code, row.text[:500]].append(row.booking)
    for (code, text), bookings in by_reason.items():
        fields = {"escalated_at": now, "escalation_code": code, "escalation_text": text}
        _end_claim(bookings, token=token, **OUT_OF_POOL, **fields)
        audit(
            bookings,
            "escalate",
            to="escalated",
            reason=text,
            reason_code=code,
            actor=actor,
            operation_key=operation_key,
            policy_version=policy_version,
        )


def unclaim(bookings: Sequence[Booking], *, token: str, reason: str, actor: Actor) -> None:
    """Write: end the claim of entries that need no decision now; no attempt is charged."""
    _end_claim(
        bookings,
        token=token,
        **NO_LEASE,
        pool_status=PoolStatus.READY,
        pool_processing_attempts=F("pool_processing_attempts") - 1,
    )
    audit(bookings, "unclaim", to=PoolStatus.READY, reason=reason, actor=actor)


def give_back(
    booking: Booking, *, token: str, status: PoolStatus, reason: str, actor: Actor
) -> None:
    """Write: end the claim of one entry and leave it in the state in which it was found."""
    attempts = F("pool_processing_attempts") - 1
    fields = {**NO_LEASE, "pool_status": status, "pool_processing_attempts": attempts}
    _end_claim([booking], token=token, **fields)
    audit([booking], "unclaim", to=status, reason=reason, actor=actor)


def release(booking: Booking, *, token: str, error: str, now: dt.datetime, actor: Actor) -> str:
    """Write: end a claim that led to nothing; return ``ready``, ``escalated`` or ``failed``.

    The next attempt comes after the backoff; where that would pass start - 30 min the
    entry is escalated, and after the last claim it becomes a dead letter.
    """
    attempt, text = booking.pool_processing_attempts, error[:500]
    moment = next_attempt(booking.ref, attempt=attempt, starts_at=booking.starts_at, now=now)
    fields: dict[str, Any]
    if attempt > MAX_CLAIMS:
        to, code = "failed", Reason.ERRORS
        fields = {**NO_LEASE, "pool_status": PoolStatus.FAILED, "pool_last_error": text}
    elif moment is None:
        to, code = "escalated", Reason.NO_TIME_LEFT
        escalation = {"escalated_at": now, "escalation_code": code, "escalation_text": text}
        fields = {**OUT_OF_POOL, **escalation}
    else:
        to, code = "ready", Reason.ERRORS
        fields = {**NO_LEASE, "pool_status": PoolStatus.READY, "pool_last_error": text}
        fields["pool_next_attempt_at"] = moment
    with transaction.atomic():
        _end_claim([booking], token=token, **fields)
        audit([booking], "release", to=to, reason=text, reason_code=code, actor=actor)
    return to


def rescue(*, actor: Actor) -> int:
    """Write: free entries whose lease ran out, or whose worker is known to be dead here.

    A claim that died counts: after the last one the entry becomes a dead letter. One that a
    transaction holds is being settled just now and is passed over.
    """
    processing = Booking.objects.filter(pool_status=PoolStatus.PROCESSING)
    holders = processing.order_by().values_list("pool_claimed_by", flat=True).distinct()
    dead = [token for token in holders if is_known_dead(token)]
    reason = "Its worker died or its lease ran out."
    with transaction.atomic():
        lost_hold = Q(pool_lease_until__lt=database_now()) | Q(pool_claimed_by__in=dead)
        free = processing.filter(lost_hold).select_for_update(skip_locked=True, of=("self",))
        rows = list(free.order_by("pk")[:RESCUED_AT_ONCE])
        lost = [row for row in rows if row.pool_processing_attempts > MAX_CLAIMS]
        again = [row for row in rows if row.pool_processing_attempts <= MAX_CLAIMS]
        fields = {**NO_LEASE, "pool_last_error": reason}
        those(again).update(**fields, pool_status=PoolStatus.READY)
        those(lost).update(**fields, pool_status=PoolStatus.FAILED)
        audit(again, "rescue", to=PoolStatus.READY, reason=reason, actor=actor)
        code = Reason.WORKER_LOST
        audit(lost, "fail", to="failed", reason=reason, reason_code=code, actor=actor)
    return len(rows)


def _put_aside(ids: Sequence[int], *, actor: Actor, operation_key: str) -> None:
    """Write: clear those that are settled already, quarantine what cannot be processed."""
    with transaction.atomic():
        ready = Booking.objects.filter(Among("pk", ids), pool_status=PoolStatus.READY)
        rows = locked(ready, wait=False)
        settled = [row for row in rows if is_settled(row)]
        corrupt = [row for row in rows if not is_settled(row) and hopeless(row)]
        take_out(settled, actor=actor, operation_key=operation_key)
        quarantine(corrupt, actor=actor, operation_key=operation_key)


def _end_claim(bookings: Sequence[Booking], *, token: str, **fields: Any) -> None:
    ended = held(token, [booking.pk for booking in bookings]).update(**fields)
    if ended != len(bookings):
        raise LeaseLostError("The lease ran out and somebody else took over.")
