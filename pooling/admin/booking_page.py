"""What the page of a booking tells: where it stands, why, and what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from assignment.enums import BookingState, PoolStatus, Reason
from assignment.errors import StoredDataError
from assignment.models import Assignment, Booking, Decision
from assignment.wording import ended
from pooling.admin.cells import distance, moment_text
from pooling.admin.decision_table import decision_table
from pooling.admin.timeline import timeline_of
from pooling.admin.waiting import cure_of
from pooling.deadlines import urgency_level
from pooling.holders import holders_of, is_in_force, work_on

STEPS = ("entered", "in the pool", "being decided", "assigned", "completed")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a booking is: the step of its life (0 to 4), a headline, what comes next."""

    step: int
    kind: str
    headline: str
    comes_next: str
    urgency: str = ""

    @property
    def steps(self) -> list[dict[str, str]]:
        """The steps of a life, each done, current or still to come."""
        marks = ("done", "current", "ahead")
        return [
            {"name": name, "mark": marks[(place > self.step) - (place < self.step) + 1]}
            for place, name in enumerate(STEPS)
        ]


def standing(booking: Booking, *, people: Sequence[Assignment], now: dt.datetime) -> Standing:
    """Return where the booking is, in words."""
    if booking.state == BookingState.CANCELLED:
        return Standing(step=0, kind="cancelled", headline="Cancelled", comes_next="Nothing more.")
    if booking.state == BookingState.COMPLETED:
        names = _names(people) or "nobody on record"
        return Standing(
            step=4, kind="completed", headline="Completed", comes_next=f"Done by {names}."
        )
    if booking.state == BookingState.APPROVED and booking.starts_at > now and on_leave_then(people):
        return _away(people)
    if booking.state == BookingState.APPROVED:
        return Standing(
            step=3,
            kind="approved",
            headline=f"Assigned to {_names(people)}",
            comes_next=f"{_by_hand(people)}The meeting starts "
            f"{distance(booking.starts_at, now=now)}; it is completed ten minutes after its end.",
        )
    if booking.escalated_at:
        return _escalated(booking)
    return _pooled(booking, now=now)


def on_leave_then(people: Iterable[Any]) -> list[str]:
    """Return the names of those of the people, as ``marked``, who are on leave then."""
    return [row.interpreter.name for row in people if row.on_leave]


def _away(people: Sequence[Assignment]) -> Standing:
    names = ", ".join(on_leave_then(people))
    return Standing(
        step=3,
        kind="on leave",
        headline=f"Needs a person: {names} is on leave then",
        comes_next=f"It is assigned to {_names(people)} all the same. Give it to somebody else "
        "(“Who else could take it”), or take the leave back.",
    )


def _escalated(booking: Booking) -> Standing:
    why = Reason(booking.escalation_code).label if booking.escalation_code else ""
    return Standing(
        step=2,
        kind="escalated",
        headline=f"Needs a person: {why}",
        comes_next=f"{ended(booking.escalation_text)} Change what stands in the way and send it "
        "back to the pool, or cancel it.",
    )


def _pooled(booking: Booking, *, now: dt.datetime) -> Standing:
    until = booking.pool_deadline_time
    if booking.pool_status is None or until is None:
        return Standing(
            step=0,
            kind="ungated",
            headline="Not gated yet",
            comes_next="The next tick, within a minute, puts it into the pool.",
        )
    urgency = urgency_level(until, now=now)
    when = f"{moment_text(until)} ({distance(until, now=now)})"
    if booking.pool_status == PoolStatus.WAITING:
        headline, following = "Waiting in the pool", f"It is decided by {when}, with the others."
    elif booking.pool_status == PoolStatus.READY:
        headline, following = "Due", _ready(booking, when=when, now=now)
    elif booking.pool_status == PoolStatus.PROCESSING:
        headline, following = "Being decided now", "The result is here in a moment: reload."
    else:
        headline = "Failed: needs a person"
        following = f"{booking.pool_last_error} Retry it when the cause is gone, or cancel it."
    step = 1 if booking.pool_status in (PoolStatus.WAITING, PoolStatus.READY) else 2
    return Standing(
        step=step,
        kind=booking.pool_status,
        headline=headline,
        comes_next=following,
        urgency=urgency,
    )


def _ready(booking: Booking, *, when: str, now: dt.datetime) -> str:
    again = booking.pool_next_attempt_at
    if again and again > now:
        return (
            f"Attempt {booking.pool_processing_attempts} did not succeed "
            f"({booking.pool_last_error}); the next one is {distance(again, now=now)}."
        )
    return f"Its deadline is {when}. The next tick or sweep decides it."


def _by_hand(people: Iterable[Assignment]) -> str:
    return "A person chose: the machine leaves it. " if any(row.by_hand for row in people) else ""


def _names(people: Iterable[Assignment]) -> str:
    return ", ".join(row.interpreter.name for row in people)


def page_of(booking: Booking, *, question: str, now: dt.datetime) -> dict[str, Any]:
    """Return everything above and below the form: at most eight queries."""
    people = work_on(booking)
    holders = holders_of(booking, people)
    decided = Decision.objects.select_related("booking", "policy", "roster", "operation__run")
    decision = decided.filter(booking=booking).first()
    told = _told(decision, question=question)
    table = told["table"]
    return {
        "holders": holders,
        "in_force": table is None or is_in_force(table.told.chosen, holders),
        "told_by_hand": any(row.by_hand for row in holders),
        "standing": standing(booking, people=people, now=now),
        "people": people,
        "cure": cure_of(booking) if _needs_a_person(booking) else None,
        "decision": decision,
        **told,
        **timeline_of("booking", booking.ref),
    }


def _told(decision: Decision | None, *, question: str) -> dict[str, Any]:
    """Return the decision in rows, or the sentence that says why it cannot be read."""
    try:
        return {"table": decision_table(decision, question=question) if decision else None}
    except StoredDataError as error:
        return {"table": None, "unreadable": str(error)}


def _needs_a_person(booking: Booking) -> bool:
    return booking.escalated_at is not None or booking.pool_status == PoolStatus.FAILED
