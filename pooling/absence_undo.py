"""Undoing an absence booking by booking: back to who was out, and away from them once more.

What cannot be given back goes to a person; what found nobody else and does not fit stays there.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assignment.audit import Actor, Entry, record
from assignment.engine import binding
from assignment.engine.binding import Binding
from assignment.engine.facts import Facts
from assignment.engine.loading import load_facts, load_requests
from assignment.enums import AssignmentState, BookingState
from assignment.models import Assignment, Booking, Interpreter
from assignment.policies import current_policy
from pooling import pool
from pooling.models import Plan, PlanRow, Run

NOBODY_ELSE = "Nobody else was found for it."


@dataclass(frozen=True, kw_only=True)
class Change:
    """A booking that changes hands: whose work ends, and what is bound in its place."""

    booking: Booking
    leaving: tuple[Assignment, ...]
    binding: Binding


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of rows, by id: who got it, or why it went to a person or stayed."""

    given: frozenset[int] = frozenset()
    to_person: Mapping[int, str] = field(default_factory=dict)
    kept: Mapping[int, str] = field(default_factory=dict)


def people_to_lock(rows: Sequence[PlanRow], *, run: Run) -> set[int]:
    """Return everybody who has, or had, these bookings."""
    work = Assignment.objects.filter(booking__in=[row.booking_id for row in rows])
    people = set(work.order_by().values_list("interpreter_id", flat=True))
    if run.plan and run.plan.absent_id:
        people.add(run.plan.absent_id)
    return people | {person_id for row in rows for person_id in row.chosen}


def would_settle(
    rows: Sequence[PlanRow], *, run: Run, now: dt.datetime, leave_goes: bool
) -> Settled:
    """Return what an undo would do with these rows; locks and writes nothing.

    ``leave_goes``: whether the leave is taken back before.
    """
    changes = _changes(rows, run=run)
    found = [change.binding for change in changes.values()]
    people = sorted({person_id for row in found for person_id in row.chosen})
    policy = current_policy()
    days = policy.weighting.fairness_window_days
    requests = [row.request for row in found]
    facts = load_facts(requests, now=now, window_days=days, person_ids=people)
    if leave_goes and run.plan and run.kind != Plan.Kind.UNDO:
        facts = _without_leave(facts, plan=run.plan)
    return _judge(rows, changes, facts=facts)


def settle(
    rows: Sequence[PlanRow], *, run: Run, undo: Run, text: str, now: dt.datetime, actor: Actor
) -> Settled:
    """Write, under the locks of people and bookings: give these rows back, or away again."""
    changes = _changes(rows, run=run)
    found = [change.binding for change in changes.values()]
    facts = binding.locked_facts(found, policy=current_policy(), now=now)
    done = _judge(rows, changes, facts=facts)
    _hand_to_person(rows, done, undo=undo, text=text, now=now, actor=actor)
    good = [changes[row.pk] for row in rows if row.pk in done.given]
    reason = f"Run {run.pk} was undone."
    binding.withdraw([work for change in good for work in change.leaving], reason=reason)
    binding.bind([change.binding for change in good], operation=undo.operation)
    handed_back = [row.booking for row in good if row.booking.state != BookingState.APPROVED]
    key = undo.operation.key
    pool.restore(handed_back, reason=undo.operation.reason, actor=actor, operation_key=key)
    _record(good, undo=undo, actor=actor)
    return done


def _hand_to_person(
    rows: Sequence[PlanRow], done: Settled, *, undo: Run, text: str, now: dt.datetime, actor: Actor
) -> None:
    for row in rows:
        if row.pk in done.to_person:
            binding.end_assignments([row.booking], state=AssignmentState.WITHDRAWN)
            pool.take_back(
                [row.booking],
                text=f"{text} {done.to_person[row.pk]}",
                now=now,
                actor=actor,
                operation_key=undo.operation.key,
            )


def _judge(rows: Sequence[PlanRow], changes: Mapping[int, Change], *, facts: Facts) -> Settled:
    """Ask every rule about who would get each booking; what fits counts for those that follow."""
    policy = current_policy()
    given: set[int] = set()
    to_person: dict[int, str] = {}
    kept: dict[int, str] = {}
    for row in rows:
        change = changes.get(row.pk)
        if change is None:
            to_person[row.pk] = NOBODY_ELSE
            continue
        problem = binding.recheck(change.binding, facts=facts, policy=policy)
        if not problem:
            binding.note_bound(change.binding, facts=facts)
            given.add(row.pk)
        elif change.leaving:
            to_person[row.pk] = problem
        else:
            kept[row.pk] = problem
    return Settled(given=frozenset(given), to_person=to_person, kept=kept)


def _changes(rows: Sequence[PlanRow], *, run: Run) -> dict[int, Change]:
    """Return, by row id, who would get each booking; a row is missing when nobody would."""
    ids = [row.booking_id for row in rows]
    bookings = Booking.objects.in_bulk(ids)
    requests = {row.id: row for row in load_requests(_loaded(ids))}
    work: dict[int, list[Assignment]] = defaultdict(list)
    for one in Assignment.objects.filter(booking__in=ids).order_by("pk"):
        work[one.booking_id or 0].append(one)
    found = {}
    for row in rows:
        mine = tuple(
            one
            for one in work[row.booking_id]
            if one.state == AssignmentState.ACTIVE and one.operation_id == run.operation_id
        )
        request = requests[row.booking_id]
        able = {*request.positions, *(one.position for one in mine)}
        last = _places(row, mine=mine, work=work[row.booking_id], run=run)
        places = {position: last[position] for position in sorted(able & set(last))}
        if places:
            request = replace(request, positions=tuple(places))
            chosen = tuple(places.values())
            found[row.pk] = Change(
                booking=bookings[row.booking_id],
                leaving=mine,
                binding=Binding(request=request, chosen=chosen, dr_overridden=True),
            )
    return found


def _loaded(booking_ids: Collection[int]) -> list[Booking]:
    return list(Booking.objects.filter(pk__in=booking_ids).select_related("team"))


def _places(
    row: PlanRow, *, mine: Sequence[Assignment], work: Sequence[Assignment], run: Run
) -> dict[int, int]:
    """Return who would get which position.

    Back: who is out, in the place of whom the run bound. Away again: whom the run had taken it
    from. Of what a run handed to a person: whoever had it last.
    """
    absent = run.plan.absent_id if run.plan else None
    if mine and run.kind == Plan.Kind.UNDO:
        return dict(zip(sorted(one.position for one in mine), row.chosen, strict=False))
    if mine:
        return {one.position: absent for one in mine if absent}
    return {one.position: one.interpreter_id for one in work}


def _without_leave(facts: Facts, *, plan: Plan) -> Facts:
    leave = (plan.absent_from, plan.absent_until)
    people = tuple(
        replace(person, leave=tuple(row for row in person.leave if row != leave))
        if person.id == plan.absent_id
        else person
        for person in facts.people
    )
    return replace(facts, people=people)


def _record(changes: Sequence[Change], *, undo: Run, actor: Actor) -> None:
    ids = {key for row in changes for key in row.binding.chosen}
    ids |= {work.interpreter_id for row in changes for work in row.leaving}
    refs = dict(Interpreter.objects.filter(pk__in=ids).values_list("pk", "ref"))
    record(
        [
            Entry(
                action="substitute",
                object_type="booking",
                object_ref=row.booking.ref,
                reason=undo.operation.reason,
                from_state=BookingState.APPROVED,
                to_state=BookingState.APPROVED,
                changes={
                    "people": [
                        [refs[work.interpreter_id] for work in row.leaving],
                        [refs[key] for key in row.binding.chosen],
                    ]
                },
                operation_key=undo.operation.key,
            )
            for row in changes
        ],
        actor=actor,
    )
