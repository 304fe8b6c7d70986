"""An interpreter is out: one plan that gives all their bookings in a window to others.

The plan says what would happen: leave for the window, each booking freed and decided again,
together and with all other work as it is. What a person pinned or chose by hand stays, and so
does what has started. Nothing but the plan is written here; ``absence_run`` carries it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from assignment.engine.absence import facts_without
from assignment.engine.accounts import load_ledger
from assignment.engine.jointly import decide_jointly
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.members import Supposed
from assignment.engine.pipeline import Choice
from assignment.engine.presence import Interval
from assignment.engine.request import Request
from assignment.enums import AssignmentState, BookingState, Outcome, PersonKind
from assignment.errors import InputError
from assignment.ledger import spread_of_hours
from assignment.models import Assignment, Booking, BookingPerson, Interpreter
from assignment.policies import current_policy
from assignment.snapshot import read_snapshot
from pooling.absence_spread import spread_with
from pooling.models import Plan, PlanRow
from pooling.planning import Draft, Packer, numbered, store_plan

LONGEST = dt.timedelta(days=366)
STARTED = "It has started: it stays."
CHOSEN = "A person chose {ref} for it: it stays, and needs a person."
TOGETHER = (
    "Nobody can take the place of {ref}, and a person chose who does it together with {ref}: it "
    "stays, and needs a person."
)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A booking that the person has: its row of work, and why it stays, if it does."""

    work: Assignment
    booking: Booking
    stays: str
    with_chosen: bool

    @property
    def place(self) -> tuple[dt.datetime, str]:
        """Sort key: start, then ref."""
        return self.booking.starts_at, self.booking.ref


def preview_absence(
    person: Interpreter, *, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime
) -> Plan:
    """Write nothing but a plan: who would do the bookings of a person who is out.

    Raises InputError for a window that is over, empty, or longer than a year.
    """
    _refuse_window(starts_at, ends_at, now=now)
    leave = starts_at, ends_at
    with read_snapshot():
        policy = current_policy()
        held = _held(person, starts_at=starts_at, ends_at=ends_at, now=now)
        freed = [row for row in held if not row.stays]
        requests = _requests(freed)
        window = policy.weighting.fairness_window_days
        known = load_facts(requests, now=now, window_days=window, policy=policy)
        gone = tuple(row.work.pk for row in freed)
        supposed = Supposed(person_id=person.pk, leave=leave, gone=gone)
        ledger = load_ledger(
            window_start=known.window_start,
            policy=policy,
            people=lambda: known.people,
            with_last_start=True,
            supposed=supposed,
        )
    facts = facts_without(known, requests=requests, supposed=supposed, ledger=ledger)
    decided = decide_jointly(requests, facts=facts, policy=policy, now=now)
    packer = Packer(policy=policy, now=now)
    rows = numbered(_rows(person, held, choices=decided.choices, packer=packer))
    stay = {row.booking_id for row in rows if row.outcome == Outcome.SKIP}
    moving = [choice for choice in decided.choices if choice.request.id not in stay]
    draft = Draft(
        rows=rows,
        rosters=packer.rosters(),
        policy=policy,
        spread_before=spread_of_hours(known),
        spread_after=spread_with(moving, person=person, leave=leave, facts=facts, policy=policy),
        joint=decided.as_json() if requests else None,
    )
    return _store(draft, person=person, leave=leave, now=now)


def _store(draft: Draft, *, person: Interpreter, leave: Interval, now: dt.datetime) -> Plan:
    plan = store_plan(draft, kind=Plan.Kind.ABSENCE, now=now)
    plan.absent, (plan.absent_from, plan.absent_until) = person, leave
    plan.save(update_fields=("absent", "absent_from", "absent_until"))
    return plan


def chosen_by_a_person(booking_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return by booking which of its active people a person pinned or chose by hand."""
    active = Assignment.objects.filter(
        booking_id__in=booking_ids, state=AssignmentState.ACTIVE, by_hand=True
    )
    pins = BookingPerson.objects.filter(booking_id__in=booking_ids, kind=PersonKind.PINNED)
    found: dict[int, set[int]] = {}
    for rows in (active, pins):
        for booking_id, person_id in rows.order_by().values_list("booking_id", "interpreter_id"):
            found.setdefault(booking_id, set()).add(person_id)
    return {booking_id: frozenset(people) for booking_id, people in found.items()}


def work_in_window(
    person: Interpreter, *, starts_at: dt.datetime, ends_at: dt.datetime
) -> QuerySet[Assignment]:
    """Return the active work of a person for approved bookings that touches the window."""
    return Assignment.objects.filter(
        interpreter=person,
        state=AssignmentState.ACTIVE,
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
        booking__state=BookingState.APPROVED,
    )


def _refuse_window(starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime) -> None:
    if ends_at <= starts_at:
        raise InputError("The absence must end after it begins.")
    if ends_at <= now:
        raise InputError("The absence is over already: choose an end that is still to come.")
    if ends_at - starts_at > LONGEST:
        raise InputError("An absence lasts at most a year: make the person inactive instead.")


def _held(
    person: Interpreter, *, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime
) -> list[Held]:
    rows = work_in_window(person, starts_at=starts_at, ends_at=ends_at)
    work = list(rows.select_related("booking__team"))
    chosen = chosen_by_a_person([row.booking.pk for row in work if row.booking])
    held = []
    for row in work:
        if row.booking is None:
            continue
        mine = chosen.get(row.booking.pk, frozenset())
        stays = CHOSEN.format(ref=person.ref) if person.pk in mine else ""
        held.append(
            Held(
                work=row,
                booking=row.booking,
                stays=STARTED if row.starts_at <= now else stays,
                with_chosen=bool(mine - {person.pk}),
            )
        )
    return sorted(held, key=lambda row: row.place)


def _requests(held: Sequence[Held]) -> tuple[Request, ...]:
    """Return what is freed, each for the one place that the person had."""
    positions = {row.booking.pk: row.work.position for row in held}
    found = load_requests(row.booking for row in held)
    return tuple(replace(request, positions=(positions[request.id],)) for request in found)


def _rows(
    person: Interpreter, held: Sequence[Held], *, choices: Sequence[Choice], packer: Packer
) -> list[PlanRow]:
    """Return a row for each booking: who gets it, that nobody can, or why it stays."""
    decided: Mapping[int, Choice] = {choice.request.id: choice for choice in choices}
    rows = []
    for one in held:
        choice = decided.get(one.booking.pk)
        stays = one.stays
        if choice and choice.outcome != Outcome.ASSIGN and one.with_chosen:
            stays = TOGETHER.format(ref=person.ref)
        if stays or choice is None:
            rows.append(_kept(one.booking, why=stays))
        else:
            rows.append(packer.row(choice))
    return rows


def _kept(booking: Booking, *, why: str) -> PlanRow:
    return PlanRow(
        booking_id=booking.pk,
        booking_version=booking.version,
        outcome=Outcome.SKIP,
        reason_text=why,
    )
