"""What follows when a booking is edited, imported anew, or cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from assignment.audit import Actor, Entry, record
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.loading import load_facts, load_requests
from assignment.enums import AssignmentState, BookingState, PersonKind, Reason
from assignment.models import Assignment, Booking, BookingPerson
from assignment.policies import current_policy
from pooling import pool
from pooling.gate import gate

CHUNK = 500


def bookings_changed(
    booking_ids: Iterable[int], *, now: dt.datetime, actor: Actor, reason: str
) -> None:
    """Write: bring bookings whose decisive fields changed back to a true state.

    Pooled, failed and escalated ones pass the gate anew; an approved one keeps its people
    when they still fit, moved to the new time; otherwise they are withdrawn and it passes
    the gate anew. Whom a person pinned or chose stays all the same, moved as well, and the
    audits tell a person; when they have other work then, the booking goes to a person. One
    that is being processed notices by its version.
    """
    ids = sorted(set(booking_ids))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        rows = Booking.objects.filter(pk__in=part)
        handed = _recheck_approved(rows, now=now, actor=actor, reason=reason)
        pool.put_back(rows.exclude(pk__in=handed), actor=actor, action="change", reason=reason)
        gate(part, now=now, actor=actor)


def cancel_bookings(
    booking_ids: Iterable[int], *, now: dt.datetime, actor: Actor, reason: str
) -> int:
    """Write: cancel bookings that nobody has served; return how many.

    Those that wait, also when their time has passed, and approved ones that have not ended.
    """
    ids = sorted(set(booking_ids))
    unserved = Q(state=BookingState.WAITING) | Q(ends_at__gt=now)
    return sum(
        _cancel(
            Booking.objects.filter(unserved, pk__in=ids[start : start + CHUNK]),
            actor=actor,
            reason=reason,
        )
        for start in range(0, len(ids), CHUNK)
    )


def _cancel(bookings: QuerySet[Booking], *, actor: Actor, reason: str) -> int:
    """Write, in one transaction: end the work, then close; people are locked before bookings.

    Begins anew when a worker bound somebody between the two: that work would be left over.
    """
    while True:
        with transaction.atomic():
            binding.end_assignments(bookings.all(), state=AssignmentState.CANCELLED)
            ids = pool.close(
                bookings,
                state=BookingState.CANCELLED,
                actor=actor,
                action="cancel",
                reason=reason,
            )
            left = Assignment.objects.filter(booking_id__in=ids, state=AssignmentState.ACTIVE)
            if not left.exists():
                return len(ids)
            transaction.set_rollback(True)


def _recheck_approved(
    bookings: QuerySet[Booking], *, now: dt.datetime, actor: Actor, reason: str
) -> list[int]:
    """Write: keep, move or free the people of approved bookings; return what went to a person."""
    approved = bookings.filter(state=BookingState.APPROVED).select_related("team")
    handed: list[int] = []
    for known in approved.order_by("pk"):
        with transaction.atomic():
            rows = binding.lock_active(known)
            booking = approved.select_for_update(of=("self",)).filter(pk=known.pk).first()
            if booking is None:
                continue
            problem = _problem(booking, rows, now=now)
            if not problem:
                _move(booking, rows, actor=actor, reason=reason)
            elif not _chosen_by_a_person(booking, rows):
                binding.end_assignments([booking], state=AssignmentState.WITHDRAWN)
                again = Booking.objects.filter(pk=booking.pk)
                pool.reopen(again, actor=actor, reason=f"{reason} {problem}")
            elif _can_move(booking, rows, actor=actor, reason=reason):
                _keep(booking, reason=f"{reason} {problem}", actor=actor)
            else:
                _hand_over(booking, problem=problem, now=now, actor=actor)
                handed.append(booking.pk)
    return handed


def _chosen_by_a_person(booking: Booking, rows: Sequence[Assignment]) -> bool:
    """Tell whether a person pinned one of them to the booking, or gave it to them by hand."""
    people = [row.interpreter_id for row in rows]
    pins = BookingPerson.objects.filter(
        booking=booking, interpreter__in=people, kind=PersonKind.PINNED
    )
    return any(row.by_hand for row in rows) or pins.exists()


def _can_move(booking: Booking, rows: Sequence[Assignment], *, actor: Actor, reason: str) -> bool:
    """Write, unless one of the people has other work then: give them the booking's time."""
    try:
        with transaction.atomic():
            _move(booking, rows, actor=actor, reason=reason)
    except IntegrityError:
        return False
    return True


def _keep(booking: Booking, *, reason: str, actor: Actor) -> None:
    """Write: say that somebody stays who does not fit, because a person chose them."""
    entry = Entry(
        action="keep",
        object_type="booking",
        object_ref=booking.ref,
        reason=f"{reason} But a person chose them: decide anew.",
    )
    record([entry], actor=actor)


def _hand_over(booking: Booking, *, problem: str, now: dt.datetime, actor: Actor) -> None:
    """Write: free whom a person chose and who has other work at the new time; a person decides."""
    binding.end_assignments([booking], state=AssignmentState.WITHDRAWN)
    pool.hand_back(
        booking,
        code=Reason.PINNED_CANNOT,
        text=f"A person had chosen who does it, but they have other work at its time. {problem}",
        now=now,
        actor=actor,
        operation_key="",
    )


def _move(booking: Booking, rows: Sequence[Assignment], *, actor: Actor, reason: str) -> None:
    """Write: give the locked people the time of their booking, and say so if it is another."""
    old = [(row.starts_at, row.ends_at) for row in rows]
    if all(time == (booking.starts_at, booking.ends_at) for time in old):
        return
    binding.move(rows, starts_at=booking.starts_at, ends_at=booking.ends_at)
    entry = Entry(
        action="move",
        object_type="booking",
        object_ref=booking.ref,
        reason=reason,
        changes={"people_were_bound": [[start.isoformat(), end.isoformat()] for start, end in old]},
    )
    record([entry], actor=actor)


def _problem(booking: Booking, rows: Sequence[Assignment], *, now: dt.datetime) -> str:
    """Return why these people could not be bound to the booking as it is now, or empty."""
    if len(rows) != booking.interpreters_needed:
        return f"It needs {booking.interpreters_needed} now, and {len(rows)} had it."
    policy = current_policy()
    (request,) = load_requests([booking], as_if_unbound=True)
    chosen = tuple(row.interpreter_id for row in rows)
    facts = load_facts(
        [request],
        now=now,
        window_days=policy.weighting.fairness_window_days,
        person_ids=chosen,
        without_booking=booking.pk,
    )
    proposed = Binding(request=request, chosen=chosen, dr_overridden=True)
    return binding.recheck(proposed, facts=facts, policy=policy)
