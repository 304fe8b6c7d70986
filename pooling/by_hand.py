"""Giving a booking to people whom a person chose, in the place of whom the engine would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.db.models import F

from assignment.audit import Actor, Entry, record
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.loading import load_requests
from assignment.engine.request import Request
from assignment.enums import AssignmentState, BookingState, PersonKind, PoolStatus
from assignment.errors import InputError, RefusedError, StaleError
from assignment.models import Assignment, Booking, BookingPerson, Interpreter, Operation
from assignment.operations import refuse_other_request, request_hash
from assignment.policies import current_policy
from pooling import pool
from pooling.models import CureOffer

BY_HAND = "by_hand"
"""Kind of the operation, and first word of its key; a token follows."""
OPEN_STATES = (BookingState.WAITING, BookingState.APPROVED)


@dataclass(frozen=True, kw_only=True)
class Hand:
    """What a person wants: these people for the open positions, and in the place of ``leaving``.

    ``version``: that of the booking as they saw it. ``leaving``: the interpreter who goes, if any.
    """

    booking_id: int
    version: int
    people: tuple[int, ...]
    leaving: int | None = None


def give_by_hand(
    hand: Hand, *, now: dt.datetime, actor: Actor, reason: str, token: str
) -> Operation:
    """Write: bind exactly these people; once per token.

    Every hard rule is asked again under the locks. Whoever leaves ends as withdrawn, with their
    pin; what a person bound is never overwritten by the machine. Raises StaleError when the
    booking or a person changed since it was shown, RefusedError when it cannot be given at all,
    and InputError for another number of people than are needed.
    """
    ids = [hand.booking_id, *hand.people, *([hand.leaving] if hand.leaving else [])]
    asked = request_hash(about=f"{BY_HAND}:{hand}", ids=ids, reason=reason)
    key = f"{BY_HAND}:{token}"
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                key=key,
                kind=BY_HAND,
                request_hash=asked,
                business_now=now,
                actor=actor.name,
                user_id=actor.user_id,
                reason=reason,
            )
            _give(hand, operation=operation, now=now, actor=actor)
            return operation
    except IntegrityError as error:
        known = Operation.objects.filter(key=key).first()
        if known is None:
            raise StaleError("Somebody is busy at that time by now: look again.") from error
        refuse_other_request(known, asked=asked)
        return known


def _give(hand: Hand, *, operation: Operation, now: dt.datetime, actor: Actor) -> None:
    """Write, in the caller's transaction: people are locked first, then the booking."""
    binding.lock_people([*hand.people, *([hand.leaving] if hand.leaving else [])])
    booking = _locked(hand, now=now)
    going = _going(booking, hand)
    request = _request(booking, going=going)
    if not request.needed:
        raise InputError(f"{booking.ref} has everybody it needs: choose who goes.")
    if len(set(hand.people)) != request.needed:
        raise InputError(f"Choose {request.needed} for {booking.ref}: as many as are needed.")
    binding.withdraw(going, reason="Somebody else was given the booking by hand.")
    _check(request, hand.people, now=now)
    binding.bind([_binding(request, hand.people)], operation=operation, by_hand=True)
    unpinned = _unpin(booking, hand.leaving)
    CureOffer.objects.filter(booking=booking).delete()
    pool.give_by_hand([booking], reason=operation.reason, actor=actor, operation_key=operation.key)
    Booking.objects.filter(pk=booking.pk).update(version=F("version") + 1)
    _record(booking, hand, unpinned=unpinned, operation=operation, actor=actor)


def _locked(hand: Hand, *, now: dt.datetime) -> Booking:
    """Return the booking, locked; raises when it is not what was shown, or cannot be given."""
    rows = Booking.objects.select_related("team").select_for_update(of=("self",))
    booking = rows.get(pk=hand.booking_id)
    if booking.version != hand.version:
        raise StaleError(f"{booking.ref} was changed since: look at it again.")
    if booking.state not in OPEN_STATES:
        raise RefusedError(f"{booking.ref} is {booking.state}: nobody can be given it any more.")
    if booking.starts_at <= now:
        raise RefusedError(f"{booking.ref} has started: nobody can be given it any more.")
    if booking.pool_status == PoolStatus.PROCESSING:
        raise RefusedError(f"A worker is deciding {booking.ref} now: look again in a moment.")
    return booking


def _going(booking: Booking, hand: Hand) -> list[Assignment]:
    if hand.leaving is None:
        return []
    rows = Assignment.objects.filter(
        booking=booking, interpreter_id=hand.leaving, state=AssignmentState.ACTIVE
    )
    found = list(rows)
    if not found:
        raise StaleError(f"{booking.ref} has other people by now: look at it again.")
    return found


def _request(booking: Booking, *, going: Sequence[Assignment]) -> Request:
    """Return the booking as a request for what is open and for the place of who goes."""
    (request,) = load_requests([booking])
    positions = sorted((*request.positions, *(row.position for row in going)))
    return replace(request, positions=tuple(positions))


def _binding(request: Request, people: Sequence[int]) -> Binding:
    return Binding(request=request, chosen=tuple(people), dr_overridden=False)


def _check(request: Request, people: Sequence[int], *, now: dt.datetime) -> None:
    """Raise StaleError with what stands against these people now; call once who goes is free."""
    policy = current_policy()
    proposed = _binding(request, people)
    facts = binding.locked_facts([proposed], policy=policy, now=now)
    problem = binding.recheck(proposed, facts=facts, policy=policy)
    if problem:
        raise StaleError(f"{problem} Nothing was changed: choose somebody else.")


def _unpin(booking: Booking, leaving: int | None) -> bool:
    """Write: somebody who left is not pinned any more; tell whether they were."""
    if leaving is None:
        return False
    pins = BookingPerson.objects.filter(
        booking=booking, interpreter_id=leaving, kind=PersonKind.PINNED
    )
    return bool(pins.delete()[0])


def _record(
    booking: Booking, hand: Hand, *, unpinned: bool, operation: Operation, actor: Actor
) -> None:
    refs = dict(
        Interpreter.objects.filter(pk__in=[*hand.people, hand.leaving or 0]).values_list(
            "pk", "ref"
        )
    )
    old = [refs[hand.leaving]] if hand.leaving else []
    changes: dict[str, object] = {"people": [old, [refs[key] for key in hand.people]]}
    if unpinned:
        changes["unpinned"] = old
    entry = Entry(
        action="chosen_by_hand",
        object_type="booking",
        object_ref=booking.ref,
        reason=operation.reason,
        changes=changes,
        operation_key=operation.key,
    )
    record([entry], actor=actor)
