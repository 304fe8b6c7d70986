"""Puts entries right that contradict themselves; what cannot be becomes a dead letter.

Every verb locks the rows, looks again whether they still are wrong, and writes one audit
event each, with the values that it found. The event begins where the audit trail had the
booking, so that the trail stays joined up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from assignment.audit import Actor, Entry, record
from assignment.clock import database_now
from assignment.engine import binding
from assignment.enums import BookingState, PoolStatus, Reason
from assignment.models import Assignment, AuditEvent, Booking
from assignment.policies import current_policy
from pooling.deadlines import deadline
from pooling.pool.contradictions import (
    ATTEMPTS_OUT_OF_RANGE,
    DEADLINE_WRONG,
    ENDS_BEFORE_START,
    ENTRY_TIME_MISSING,
    ESCALATED_WITHOUT_REASON,
    ESCALATION_LEFT_OVER,
    LEASE_LEFT_OVER,
    MOST_ATTEMPTS,
    SETTLED,
    STATUS_MISSING,
    WITHOUT_LEASE,
    hopeless,
)
from pooling.pool.states import NO_LEASE, NOT_ESCALATED, OUT_OF_POOL, locked, state_of

LOST_REASON = "It was handed to a person; why is not known any more."
Fields = dict[str, Any]


def quarantine(rows: Sequence[Booking], *, actor: Actor, operation_key: str = "") -> None:
    """Write: make locked, hopeless entries dead letters of reason ``corrupt``.

    Values that no entry can have are replaced; the event holds the original ones.
    """
    for row in rows:
        reason = f"Corrupt: {hopeless(row)}"
        moment = row.pool_deadline_time
        known = moment is not None and moment <= row.starts_at
        fields = {
            **NO_LEASE,
            "pool_status": PoolStatus.FAILED,
            "pool_entry_time": row.pool_entry_time or database_now(),
            "pool_deadline_time": moment if known else row.starts_at,
            "pool_processing_attempts": max(0, min(row.pool_processing_attempts, MOST_ATTEMPTS)),
            "pool_next_attempt_at": None,
            "pool_last_error": reason,
        }
        _mend(row, fields, "quarantine", reason=reason, actor=actor, operation_key=operation_key)


def take_out(rows: Sequence[Booking], *, actor: Actor, operation_key: str = "") -> None:
    """Write: clear the pool columns of locked bookings that do not belong into the pool."""
    reason = "It was not in the pool any more; what was left of its entry is cleared."
    for row in rows:
        _mend(row, OUT_OF_POOL, "repair", reason=reason, actor=actor, operation_key=operation_key)


def quarantine_hopeless(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: quarantine those of the entries that cannot be processed; return how many."""
    wrong = (ENDS_BEFORE_START | ATTEMPTS_OUT_OF_RANGE) & ~Q(pool_status=PoolStatus.FAILED)
    wrong |= ATTEMPTS_OUT_OF_RANGE
    with transaction.atomic():
        rows = _still(ids, wrong)
        quarantine(rows, actor=actor)
    return len(rows)


def clear_remains(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: clear the pool columns of settled bookings and of those without a status."""
    with transaction.atomic():
        rows = _still(ids, SETTLED | STATUS_MISSING)
        take_out(rows, actor=actor)
    return len(rows)


def redate_wrong(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: reckon deadlines that are missing or after the start by the policy in force."""
    policy = current_policy()

    def fields(row: Booking) -> Fields:
        until = deadline(row.starts_at, meeting_type=row.meeting_type, policy=policy)
        return {"pool_deadline_time": until}

    reason = "Its deadline was missing or after its start; it is reckoned anew."
    return _mend_those(ids, DEADLINE_WRONG, fields, reason=reason, actor=actor)


def restore_entry_times(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: give entries without an entry time the time at which their booking was made."""
    reason = "Its entry time was missing; the time at which it was made stands for it."
    return _mend_those(
        ids,
        ENTRY_TIME_MISSING,
        lambda row: {"pool_entry_time": row.created_at},
        reason=reason,
        actor=actor,
    )


def free_unheld(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: make entries ready that are processing with no lease or no holder."""
    reason = "It was processing without a lease; it is ready again."
    ready = {**NO_LEASE, "pool_status": PoolStatus.READY}
    return _mend_those(ids, WITHOUT_LEASE, lambda _: ready, reason=reason, actor=actor)


def clear_leases(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: clear leases and holders of entries that nobody processes."""
    reason = "It carried a lease although nobody processed it; the lease is cleared."
    return _mend_those(ids, LEASE_LEFT_OVER, lambda _: NO_LEASE, reason=reason, actor=actor)


def restore_reasons(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: give escalated bookings without a reason the reason ``corrupt``."""
    fields = {"escalation_code": Reason.CORRUPT, "escalation_text": LOST_REASON}
    wrong = ESCALATED_WITHOUT_REASON
    return _mend_those(ids, wrong, lambda _: fields, reason=LOST_REASON, actor=actor)


def clear_escalations(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: clear escalations of bookings that are not with a person."""
    reason = "It was not with a person any more; what was left of that is cleared."
    wrong = ESCALATION_LEFT_OVER
    return _mend_those(ids, wrong, lambda _: NOT_ESCALATED, reason=reason, actor=actor)


def approve_bound(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: approve entries all of whose positions are bound; people locked first."""
    count = 0
    pooled = Booking.objects.filter(pool_status__isnull=False, state=BookingState.WAITING)
    for known in pooled.filter(pk__in=ids).order_by("pk"):
        with transaction.atomic():
            bound: list[Assignment] = binding.lock_active(known)
            for row in locked(pooled.filter(pk=known.pk, interpreters_needed=len(bound))):
                fields = {**OUT_OF_POOL, "state": BookingState.APPROVED}
                _mend(row, fields, "repair", reason="All its people are bound.", actor=actor)
                count += 1
    return count


def record_state(ids: Sequence[int], *, actor: Actor) -> int:
    """Write: an event for each booking whose state changed without one; change nothing else."""
    reason = "Its state had changed without an event; it is recorded as it was found."
    with transaction.atomic():
        rows = locked(Booking.objects.filter(pk__in=ids))
        wrong = [row for row in rows if _known_state(row) != state_of(row)]
        for row in wrong:
            _mend(row, {}, "repair", reason=reason, actor=actor)
    return len(wrong)


def _mend_those(
    ids: Sequence[int],
    wrong: Q,
    fields: Callable[[Booking], Mapping[str, Any]],
    *,
    reason: str,
    actor: Actor,
) -> int:
    with transaction.atomic():
        rows = _still(ids, wrong)
        for row in rows:
            _mend(row, fields(row), "repair", reason=reason, actor=actor)
    return len(rows)


def _still(ids: Sequence[int], wrong: Q) -> list[Booking]:
    bookings: QuerySet[Booking] = Booking.objects.filter(wrong, pk__in=ids)
    return locked(bookings)


def _mend(
    row: Booking,
    fields: Mapping[str, Any],
    action: str,
    *,
    reason: str,
    actor: Actor,
    operation_key: str = "",
) -> None:
    found = {name: _plain(getattr(row, name)) for name in fields}
    known = _known_state(row)
    for name, value in fields.items():
        setattr(row, name, value)
    if fields:
        Booking.objects.filter(pk=row.pk).update(**fields)
    entry = Entry(
        action=action,
        object_type="booking",
        object_ref=row.ref,
        reason=reason,
        reason_code=Reason.CORRUPT,
        from_state=known,
        to_state=state_of(row),
        changes={"found": found},
        fence=row.pool_fence,
        operation_key=operation_key,
    )
    record([entry], actor=actor)


def _known_state(row: Booking) -> str:
    """Return the state in which the audit trail has the booking; at first it is not gated."""
    events = AuditEvent.objects.filter(object_type="booking", object_ref=row.ref)
    last = events.exclude(to_state="").order_by("-pk").values_list("to_state", flat=True).first()
    return last or "ungated"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value
