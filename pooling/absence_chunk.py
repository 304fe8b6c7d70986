"""One chunk of an absence, one transaction: re-check every fact under locks, then give away."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from assignment.audit import Actor, Entry, record
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.loading import load_requests
from assignment.engine.opportunities import keep_opportunities
from assignment.enums import AssignmentState, BookingState, Outcome, Result
from assignment.models import Assignment, Booking, Decision, Interpreter, Operation
from assignment.policy_values import PolicyValues
from pooling import pool
from pooling.absence import CHOSEN, chosen_by_a_person
from pooling.models import PlanRow


@dataclass(frozen=True, kw_only=True)
class Absence:
    """What all chunks of one run share."""

    operation: Operation
    person: Interpreter
    policy: PolicyValues
    now: dt.datetime
    actor: Actor


@dataclass(kw_only=True)
class _Chunk:
    """Locked rows with what the person had; ``stale``: why a booking stays as it is."""

    rows: list[PlanRow]
    bookings: dict[int, Booking]
    work: dict[int, Assignment]
    stale: dict[int, str] = field(default_factory=dict)

    def true(self, outcome: Outcome) -> list[PlanRow]:
        """Return the rows of this outcome that are still true."""
        rows = (row for row in self.rows if row.booking_id not in self.stale)
        return [row for row in rows if row.outcome == outcome]


def give_away(row_ids: Sequence[int], *, absence: Absence) -> None:
    """Write, in one transaction: people are locked first, then bookings, then it is looked again.

    Rows that somebody else settled meanwhile are passed over.
    """
    with transaction.atomic():
        chunk = _locked(row_ids, absence=absence)
        _look_again(chunk, absence=absence)
        bindings = _bindings(chunk, absence=absence)
        _bind(chunk, bindings, absence=absence)
        _hand_over(chunk, absence=absence)
        _close(chunk, absence=absence)


def _locked(row_ids: Sequence[int], *, absence: Absence) -> _Chunk:
    rows = PlanRow.objects.filter(pk__in=list(row_ids))
    known = list(rows.values_list("booking_id", "chosen"))
    ids = [booking_id for booking_id, _ in known]
    active = Assignment.objects.filter(booking_id__in=ids, state=AssignmentState.ACTIVE)
    people = {person_id for _, chosen in known for person_id in chosen}
    people |= set(active.values_list("interpreter_id", flat=True))
    binding.lock_people({absence.person.pk, *people})
    bookings = Booking.objects.filter(pk__in=ids).select_related("team").order_by("pk")
    locked = {row.pk: row for row in bookings.select_for_update(of=("self",))}
    mine = active.filter(interpreter=absence.person)
    return _Chunk(
        rows=list(rows.filter(result="").order_by("place")),
        bookings=locked,
        work={row.booking_id: row for row in mine if row.booking_id is not None},
    )


def _look_again(chunk: _Chunk, *, absence: Absence) -> None:
    """Note what is no longer as the plan found it."""
    chosen = chosen_by_a_person(list(chunk.bookings))
    for row in chunk.rows:
        people = chosen.get(row.booking_id, frozenset())
        if row.outcome == Outcome.SKIP:
            problem = row.reason_text
        else:
            problem = _problem(row, chunk, people=people, absence=absence)
        if problem:
            chunk.stale[row.booking_id] = problem


def _problem(row: PlanRow, chunk: _Chunk, *, people: frozenset[int], absence: Absence) -> str:
    booking, ref = chunk.bookings[row.booking_id], absence.person.ref
    if booking.state != BookingState.APPROVED:
        return f"It is {pool.state_of(booking)} now."
    if booking.version != row.booking_version:
        return "The booking was changed."
    if booking.starts_at <= absence.now:
        return "The meeting has started."
    if booking.pk not in chunk.work:
        return f"{ref} does not have it any more."
    if absence.person.pk in people:
        return CHOSEN.format(ref=ref)
    if people and row.outcome != Outcome.ASSIGN:
        return "A person chose who does it together with them."
    return "" if row.outcome in (Outcome.ASSIGN, Outcome.STOP) else "Deciding failed."


def _bindings(chunk: _Chunk, *, absence: Absence) -> list[Binding]:
    """Return what is to be bound; who cannot any more makes the row stale."""
    rows = chunk.true(Outcome.ASSIGN)
    requests = {
        request.id: request
        for request in load_requests(chunk.bookings[row.booking_id] for row in rows)
    }
    proposed = [
        Binding(
            request=replace(
                requests[row.booking_id], positions=(chunk.work[row.booking_id].position,)
            ),
            chosen=tuple(row.chosen),
            dr_overridden=row.dr_overridden,
        )
        for row in rows
    ]
    facts = binding.locked_facts(proposed, policy=absence.policy, now=absence.now)
    good = []
    for one in proposed:
        problem = binding.recheck(one, facts=facts, policy=absence.policy)
        if problem:
            chunk.stale[one.request.id] = problem
        else:
            binding.note_bound(one, facts=facts)
            good.append(one)
    return good


def _bind(chunk: _Chunk, bindings: Sequence[Binding], *, absence: Absence) -> None:
    """Write: the substitutes in the places of the person."""
    left = [chunk.work[one.request.id] for one in bindings]
    why = f"{absence.person.ref} is out."
    binding.withdraw(left, reason=why)
    binding.bind(bindings, operation=absence.operation)
    ids = {key for one in bindings for key in one.chosen}
    refs = dict(Interpreter.objects.filter(pk__in=ids).values_list("pk", "ref"))
    record(
        [
            Entry(
                action="substitute",
                object_type="booking",
                object_ref=one.request.ref,
                reason=f"{why} {absence.operation.reason}",
                from_state=BookingState.APPROVED,
                to_state=BookingState.APPROVED,
                changes={"people": [[absence.person.ref], [refs[key] for key in one.chosen]]},
                operation_key=absence.operation.key,
            )
            for one in bindings
        ],
        actor=absence.actor,
    )


def _hand_over(chunk: _Chunk, *, absence: Absence) -> None:
    """Write: what finds nobody goes to a person; whoever was to do it with them becomes free."""
    rows = chunk.true(Outcome.STOP)
    bookings = [chunk.bookings[row.booking_id] for row in rows]
    binding.end_assignments(bookings, state=AssignmentState.WITHDRAWN)
    for row, booking in zip(rows, bookings, strict=True):
        pool.hand_back(
            booking,
            code=row.reason_code,
            text=f"{absence.person.ref} is out. {row.reason_text}",
            now=absence.now,
            actor=absence.actor,
            operation_key=absence.operation.key,
        )


def _close(chunk: _Chunk, *, absence: Absence) -> None:
    """Write: the decisions and the results of the rows."""
    results = {Outcome.ASSIGN: Result.ASSIGNED, Outcome.STOP: Result.ESCALATED}
    ended = {"record": None, "settled_at": timezone.now()}
    _keep_opportunities(chunk.true(Outcome.ASSIGN))
    for outcome, result in results.items():
        rows = chunk.true(outcome)
        Decision.objects.bulk_create([_decision(row, absence=absence) for row in rows])
        PlanRow.objects.filter(pk__in=[row.pk for row in rows]).update(
            result=result, result_reason=F("reason_text"), **ended
        )
    for row in chunk.rows:
        if row.booking_id in chunk.stale:
            why = chunk.stale[row.booking_id]
            PlanRow.objects.filter(pk=row.pk).update(result=Result.POOLED, stale=why[:200], **ended)


def _keep_opportunities(rows: Sequence[PlanRow]) -> None:
    """Write: who could have had these bookings, beside those who have them."""
    beside: dict[int, set[int]] = defaultdict(set)
    ids = [row.booking_id for row in rows]
    active = Assignment.objects.filter(booking_id__in=ids, state=AssignmentState.ACTIVE)
    for booking_id, person_id in active.order_by().values_list("booking_id", "interpreter_id"):
        beside[booking_id or 0].add(person_id)
    keep_opportunities({row.booking_id: row.record for row in rows}, beside=beside)


def _decision(row: PlanRow, *, absence: Absence) -> Decision:
    return Decision(
        booking_id=row.booking_id,
        operation=absence.operation,
        policy_id=absence.policy.id,
        roster_id=row.roster_id,
        outcome=row.outcome,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        record=row.record,
        decided_at=absence.now,
        decided_by=absence.actor.name,
    )
