"""Out of the pool without a claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from assignment.audit import Actor
from assignment.enums import BookingState, Reason
from assignment.models import Booking
from pooling.pool.states import NOT_ESCALATED, NOT_PROCESSING, OUT_OF_POOL, audit, locked, those

OPEN_STATES = (BookingState.WAITING, BookingState.APPROVED)


def escalate(
    bookings: QuerySet[Booking], *, code: str, text: str, now: dt.datetime, actor: Actor
) -> list[int]:
    """Write: hand entries that nobody is processing, or ungated ones, to a person; return ids."""
    with transaction.atomic():
        rows = locked(
            bookings.filter(NOT_PROCESSING, state=BookingState.WAITING, escalated_at__isnull=True)
        )
        fields = {"escalated_at": now, "escalation_code": code, "escalation_text": text[:500]}
        those(rows).update(**OUT_OF_POOL, **fields)
        audit(rows, "escalate", to="escalated", reason=text, reason_code=code, actor=actor)
    return [row.pk for row in rows]


def close(
    bookings: QuerySet[Booking], *, state: BookingState, actor: Actor, action: str, reason: str
) -> list[int]:
    """Write: complete or cancel waiting and approved bookings; return ids.

    A worker that holds one of them loses its claim: its token no longer matches.
    """
    with transaction.atomic():
        rows = locked(bookings.filter(state__in=OPEN_STATES))
        those(rows).update(**OUT_OF_POOL, **NOT_ESCALATED, state=state)
        audit(rows, action, to=state, reason=reason, actor=actor)
    return [row.pk for row in rows]


def reopen(bookings: QuerySet[Booking], *, actor: Actor, reason: str) -> list[int]:
    """Write: take approved bookings whose assignment ended back to "not gated yet"."""
    with transaction.atomic():
        rows = locked(bookings.filter(state=BookingState.APPROVED))
        those(rows).update(state=BookingState.WAITING)
        audit(rows, "reopen", to="ungated", reason=reason, actor=actor)
    return [row.pk for row in rows]


def give_by_hand(
    bookings: Sequence[Booking], *, reason: str, actor: Actor, operation_key: str
) -> None:
    """Write: make locked bookings that nobody is processing approved: a person bound people."""
    those(bookings).update(**OUT_OF_POOL, **NOT_ESCALATED, state=BookingState.APPROVED)
    audit(
        bookings,
        "give_by_hand",
        to=BookingState.APPROVED,
        reason=reason,
        actor=actor,
        operation_key=operation_key,
    )


def hand_back(
    booking: Booking, *, code: str, text: str, now: dt.datetime, actor: Actor, operation_key: str
) -> None:
    """Write: hand a locked, approved booking that lost somebody to a person."""
    fields = {"escalated_at": now, "escalation_code": code, "escalation_text": text[:500]}
    those([booking]).update(state=BookingState.WAITING, **fields)
    audit(
        [booking],
        "hand_back",
        to="escalated",
        reason=text,
        reason_code=code,
        actor=actor,
        operation_key=operation_key,
    )


def take_back(
    bookings: Sequence[Booking], *, text: str, now: dt.datetime, actor: Actor, operation_key: str
) -> None:
    """Write: hand locked, approved bookings whose assignment was undone to a person."""
    fields = {"escalated_at": now, "escalation_code": Reason.UNDONE, "escalation_text": text[:500]}
    those(bookings).update(state=BookingState.WAITING, **fields)
    audit(
        bookings,
        "undo",
        to="escalated",
        reason=text,
        reason_code=Reason.UNDONE,
        actor=actor,
        operation_key=operation_key,
    )


def restore(bookings: Sequence[Booking], *, reason: str, actor: Actor, operation_key: str) -> None:
    """Write: make locked bookings whose assignment was bound again approved again."""
    those(bookings).update(state=BookingState.APPROVED, **NOT_ESCALATED)
    audit(
        bookings,
        "assign",
        to=BookingState.APPROVED,
        reason=reason,
        actor=actor,
        operation_key=operation_key,
    )
