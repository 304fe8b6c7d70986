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
from assignment.enums import AssignmentState
from assignment.inserting import insert_new
from assignment.locking import lock_rows
from assignment.models import Assignment, Booking, Interpreter, Operation
from assignment.policy_values import PolicyValues
from assignment.querysets import LONGEST

A_SECOND = dt.timedelta(seconds=1)


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
        for_rules_alone=True,
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
    names = ("booking_id", "starts_at", "ends_at", "position", "interpreter_id")
    rows = (
        (asked.id, asked.starts_at, asked.ends_at, *placed, operation.pk, by_hand)
        for asked, chosen in ((row.request, row.chosen) for row in bindings)
        for placed in zip(asked.positions, chosen, strict=False)
    )
    insert_new(Assignment, (*names, "operation_id", "by_hand"), rows)


def note_bound(binding: Binding, *, facts: Facts) -> None:
    """Let the facts know of a binding, for those that follow in the same transaction."""
    facts.add(binding.request, person_ids=binding.chosen)


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


@dataclass(frozen=True, kw_only=True)
class SessionWork:
    """A session about to be bound: lanes both included, half-open [starts_at, ends_at)."""

    session_id: int
    person_id: int
    lanes: tuple[int, int]
    starts_at: dt.datetime
    ends_at: dt.datetime
    by_hand: bool


def bind_sessions(rows: Iterable[SessionWork]) -> None:
    """Write: one assignment a session; the caller holds the locks of its people.

    Raises IntegrityError when a lane is taken or a session has somebody: nothing is written.
    """
    Assignment.objects.bulk_create(
        [
            Assignment(
                session_id=row.session_id,
                interpreter_id=row.person_id,
                lane_from=row.lanes[0],
                lane_to=row.lanes[1],
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                by_hand=row.by_hand,
            )
            for row in rows
        ],
        batch_size=500,
    )


def end_session_work(row: Assignment, *, state: AssignmentState, now: dt.datetime) -> None:
    """Write: end the work of a session, whose person is locked.

    Completed work gets its real end: ``now``, or where the person's next work began. What was
    kept for longer is free again, and so is all of what was withdrawn.
    """
    freed_from = row.starts_at
    kept_until = row.ends_at
    row.state = state
    if state == AssignmentState.COMPLETED:
        last = min(now, _next_start(row, before=now), row.starts_at + LONGEST)
        freed_from = row.ends_at = max(last, row.starts_at + A_SECOND)
    row.save(update_fields=("state", "ends_at"))
    if freed_from < kept_until:
        note_available([(row.interpreter_id, freed_from, kept_until)], reason="A session ended.")


def extend_session_work(row: Assignment, *, until: dt.datetime) -> bool:
    """Write: keep the person of a live session for longer, at most to their next work.

    The person is locked. Tells whether anything changed.
    """
    end = min(until, _next_start(row, before=until), row.starts_at + LONGEST)
    if end <= row.ends_at:
        return False
    row.ends_at = end
    row.save(update_fields=("ends_at",))
    return True


def _next_start(row: Assignment, *, before: dt.datetime) -> dt.datetime:
    """Return when other work in the lanes of this one begins, or ``before``."""
    following = (
        Assignment.objects.busy()
        .filter(
            interpreter_id=row.interpreter_id,
            starts_at__gt=row.starts_at,
            starts_at__lt=before,
            lane_from__lte=row.lane_to,
            lane_to__gte=row.lane_from,
        )
        .exclude(pk=row.pk)
        .order_by("starts_at")
        .values_list("starts_at", flat=True)
        .first()
    )
    return following or before


def _is_blocked_by_dr(
    binding: Binding, person_id: int, *, facts: Facts, policy: PolicyValues
) -> bool:
    request = binding.request
    if binding.dr_overridden or person_id in request.pinned:
        return False
    view = consecutive(request, facts=facts, policy=policy)
    return view is not None and view.strength == "hard" and person_id in view.people
