"""Bookings whose people must be checked again, noted in the transaction that changed a fact.

Whoever notes them works them off right afterwards; should it die between the two, the next
tick does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

from assignment.audit import Actor
from assignment.enums import AssignmentState, BookingState
from assignment.models import Booking
from pooling.changes import bookings_changed
from pooling.models import Recheck

AT_ONCE = 100


def note_bookings(booking_ids: Sequence[int], *, reason: str) -> None:
    """Write, in the caller's transaction: those of these that are approved changed."""
    approved = Booking.objects.filter(pk__in=list(booking_ids), state=BookingState.APPROVED)
    _note(approved.order_by().values_list("pk", flat=True), reason=reason)


def note_people(person_ids: Sequence[int], *, now: dt.datetime, reason: str) -> None:
    """Write, in the caller's transaction: facts about these people changed."""
    theirs = Q(assignments__interpreter__in=list(person_ids))
    active = Q(assignments__state=AssignmentState.ACTIVE)
    work = Booking.objects.filter(theirs & active, state=BookingState.APPROVED, starts_at__gt=now)
    _note(work.order_by().values_list("pk", flat=True).distinct(), reason=reason)


def work_off(*, now: dt.datetime, actor: Actor) -> int:
    """Write: let approved bookings that were noted keep their people only if these still fit.

    Each note is worked off once, also by several at once. Returns how many this call did.
    """
    count = 0
    while done := _work_off_some(now=now, actor=actor):
        count += done
    return count


def _work_off_some(*, now: dt.datetime, actor: Actor) -> int:
    """Write, in one transaction: check what some notes are about, and delete them."""
    with transaction.atomic():
        free = Recheck.objects.select_for_update(of=("self",), skip_locked=True)
        notes = list(free.select_related("booking").order_by("pk")[:AT_ONCE])
        open_ones = {
            note.booking_id: note.reason
            for note in notes
            if note.booking.state == BookingState.APPROVED
        }
        for reason in sorted(set(open_ones.values())):
            ids = [booking_id for booking_id, why in open_ones.items() if why == reason]
            bookings_changed(ids, now=now, actor=actor, reason=reason)
        Recheck.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes)


def _note(booking_ids: Iterable[int], *, reason: str) -> None:
    Recheck.objects.bulk_create(
        [Recheck(booking_id=booking_id, reason=reason) for booking_id in booking_ids],
        batch_size=500,
    )
