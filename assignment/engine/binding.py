"""The only writer of ``Assignment``: locks people, re-checks every fact, binds, withdraws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assignment.availability import note_available
from assignment.engine.facts import Facts
from assignment.engine.loading import load_facts
from assignment.engine.pipeline import momentary_rejection, standing_rejection
from assignment.engine.reasons import PLAIN
from assignment.engine.request import Request
from assignment.engine.rules import DR_RULE
from assignment.engine.rules.dr import consecutive
from assignment.enums import AssignmentState, MeetingType
from assignment.locking import lock_rows
from assignment.models import Assignment, Booking, Interpreter, Operation
from assignment.policy_values import PolicyValues


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A choice about to be written: ``chosen`` ids by open position of the request."""

    request: Request
    chosen: tuple[int, ...]
    dr_overridden: bool


def lock_people(person_ids: Iterable[int]) -> None:
    """Lock the interpreter rows in ascending id, inside the caller's transaction.

    Every writer of a fact about a person (work, leave, hours, skills, active) takes this
    lock first, so that nothing a choice relied on changes between re-check and commit.
    """
    lock_rows(Interpreter.objects.all(), list(set(person_ids)))


def locked_facts(bindings: Sequence[Binding], *, policy: PolicyValues, now: dt.datetime) -> Facts:
    """Lock everybody who was chosen and return the facts about them as they are now."""
    chosen = sorted({person_id for row in bindings for person_id in row.chosen})
    lock_people(chosen)
    return load_facts(
        [row.request for row in bindings],
        now=now,
        window_days=policy.weighting.fairness_window_days,
        person_ids=chosen,
    )


def recheck(binding: Binding, *, facts: Facts, policy: PolicyValues) -> str:
    """Return what stands against the binding now, in words; empty when nothing does.

    All hard rules about the chosen people are asked again on facts read under their locks.
    The fairness gap compares people with each other and is not: it ranks, it never makes a
    binding wrong.
    """
    request = binding.request
    for person_id in binding.chosen:
        person = facts.by_id.get(person_id)
        if person is None:
            return "The interpreter is gone."
        no = standing_rejection(person, request.needs)
        if no is None:
            no, _ = momentary_rejection(person, request, facts=facts, soft=policy.soft_rules)
        if no is not None:
            return f"{person.ref} is now {PLAIN[no.rule]}."
        if _is_blocked_by_dr(binding, person_id, facts=facts, policy=policy):
            return f"{person.ref} now {PLAIN[DR_RULE]}."
    return ""


def bind(bindings: Sequence[Binding], *, operation: Operation, by_hand: bool = False) -> None:
    """Write: one assignment row per position, in one statement; the database has the last word.

    ``by_hand``: a person chose, so that the machine leaves it alone from now on.

    Raises IntegrityError when a row would overlap: nothing is written then.
    """
    Assignment.objects.bulk_create(
        [
            Assignment(
                interpreter_id=person_id,
                booking_id=row.request.id,
                position=position,
                starts_at=row.request.starts_at,
                ends_at=row.request.ends_at,
                operation=operation,
                by_hand=by_hand,
            )
            for row in bindings
            for position, person_id in zip(row.request.positions, row.chosen, strict=False)
        ],
        batch_size=500,
    )


def note_bound(binding: Binding, *, facts: Facts) -> None:
    """Let the facts know of a binding, for those that follow in the same transaction."""
    is_dr = binding.request.meeting_type == MeetingType.DR
    facts.add(binding.request, person_ids=binding.chosen, is_dr=is_dr)


def lock_active(booking: Booking) -> list[Assignment]:
    """Return the active assignments of a booking by position, their people locked."""
    rows = Assignment.objects.filter(booking=booking, state=AssignmentState.ACTIVE)
    lock_people(rows.values_list("interpreter_id", flat=True))
    return list(rows.order_by("position"))


def move(rows: Sequence[Assignment], *, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Write: give locked assignments the new time of their booking."""
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(
        starts_at=starts_at, ends_at=ends_at
    )


def end_assignments(bookings: Iterable[Booking], *, state: AssignmentState) -> int:
    """Write: end the active assignments of these bookings; return how many.

    Withdrawn and cancelled ones free their person; the caller holds the bookings' locks.
    """
    ids = [booking.pk for booking in bookings]
    rows = Assignment.objects.filter(booking_id__in=ids, state=AssignmentState.ACTIVE)
    freed = list(rows.values_list("interpreter_id", "starts_at", "ends_at"))
    lock_people(person_id for person_id, _, _ in freed)
    if state != AssignmentState.COMPLETED:
        note_available(freed, reason="An assignment ended.")
    return rows.update(state=state)


def withdraw(rows: Sequence[Assignment], *, reason: str) -> None:
    """Write: take these active assignments from their people, whose rows are locked."""
    note_available(
        ((row.interpreter_id, row.starts_at, row.ends_at) for row in rows), reason=reason
    )
    Assignment.objects.filter(pk__in=[row.pk for row in rows], state=AssignmentState.ACTIVE).update(
        state=AssignmentState.WITHDRAWN
    )


def _is_blocked_by_dr(
    binding: Binding, person_id: int, *, facts: Facts, policy: PolicyValues
) -> bool:
    request = binding.request
    if binding.dr_overridden or person_id in request.pinned:
        return False
    view = consecutive(request, facts=facts, policy=policy)
    return view is not None and view.strength == "hard" and person_id in view.people
