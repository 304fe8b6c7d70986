"""What the page of a booking tells: where it stands, why, and what happened."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from assignment.engine.candidate import CHOSEN, REJECTED, Candidate
from assignment.engine.explain import Explanation, explain
from assignment.engine.reasons import PLAIN
from assignment.enums import BookingState, Outcome, PoolStatus, Reason
from assignment.errors import StoredDataError
from assignment.models import Assignment, AuditEvent, Booking, Decision
from assignment.wording import ended
from pooling.admin.cells import distance, moment_text
from pooling.admin.waiting import cure_of
from pooling.deadlines import urgency_level
from pooling.holders import holders_of, is_in_force, work_on
from pooling.nearness import places_if_cured

TIMELINE = 100
SHOWN_OUTRANKED = 20
PART_NAMES = {
    "fairness": "fairness",
    "urgency": "urgency",
    "lrs": "time since last work",
    "dr_penalty": "DR penalty",
    "preference": "preference",
    "continuity": "continuity",
    "soft": "soft rules",
}
OUTCOME_WORDS: dict[str, str] = {Outcome.ASSIGN: "assigned", Outcome.STOP: "nobody can"}
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


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the candidate table; ``share`` is the bar's length, 0 to 100."""

    candidate: Candidate
    parts: tuple[tuple[str, float], ...]
    share: int

    @property
    def is_chosen(self) -> bool:
        """Whether this person got it."""
        return self.candidate.verdict == CHOSEN


TIE_BREAKS = {
    "points": "whoever is preferred",
    "deficit": "whoever is further below the fair share",
    "idle": "whoever has not worked for longer",
    "idle_days": "whoever has not worked for longer",
    "hash": "a fixed draw from the refs of booking and interpreter",
}


def tie_sentence(told: Explanation) -> str:
    """Return how equal scores were told apart; empty when the score decided."""
    found = told.tie_break
    if not found or found["by"] not in TIE_BREAKS:
        return ""
    return f"Equal in points: {TIE_BREAKS[found['by']]} came first ({found['value']})."


@dataclass(frozen=True, kw_only=True)
class DecisionTable:
    """A decision as a person reads it: who could, who could not and by which rule."""

    told: Explanation
    chosen: str
    could: int
    rows: tuple[Row, ...]
    more: int
    rejected: tuple[dict[str, Any], ...]
    part_names: tuple[str, ...]
    is_joint: bool
    tie: str
    asked: tuple[Candidate, ...]
    question: str
    total: int


def decision_table(decision: Decision, *, question: str) -> DecisionTable:
    """Return the latest decision in rows; ``question`` asks for people by name or ref."""
    told = explain(decision)
    could = [row for row in told.candidates if row.verdict != REJECTED]
    out = [row for row in told.candidates if row.verdict == REJECTED]
    used = [key for key in PART_NAMES if any(abs(row.parts.get(key, 0)) > 1e-9 for row in could)]
    best = max((row.score or 0 for row in could), default=0)
    rows = tuple(
        Row(
            candidate=row,
            parts=tuple((PART_NAMES[key], row.parts.get(key, 0)) for key in used),
            share=round(max(0, row.score or 0) / best * 100) if best > 0 else 0,
        )
        for row in could
    )
    sought = question.casefold()
    return DecisionTable(
        told=told,
        chosen=", ".join(row.name for row in could if row.verdict == CHOSEN),
        could=len(could),
        rows=rows[:SHOWN_OUTRANKED],
        more=max(0, len(rows) - SHOWN_OUTRANKED),
        rejected=_by_rule(out),
        is_joint=any("minutes_above_share" in row.values for row in could),
        tie=tie_sentence(told),
        part_names=tuple(PART_NAMES[key] for key in used),
        asked=tuple(
            row
            for row in told.candidates
            if sought and (sought in row.name.casefold() or sought in row.interpreter.casefold())
        ),
        question=question,
        total=len(told.candidates),
    )


def answers(
    table: DecisionTable, booking: Booking, *, now: dt.datetime
) -> list[tuple[Candidate, str]]:
    """Return the first who were asked about, with where they would stand were their lack lifted."""
    asked = table.asked[:SHOWN_OUTRANKED]
    open_states = (BookingState.WAITING, BookingState.APPROVED)
    if not asked or booking.state not in open_states or booking.starts_at <= now:
        return [(row, "") for row in asked]
    refs = [row.interpreter for row in asked]
    then = places_if_cured(booking, refs=refs, now=now)
    return [(row, then.get(row.interpreter, "")) for row in asked]


def _by_rule(rejected: Sequence[Candidate]) -> tuple[dict[str, Any], ...]:
    counts = Counter(row.rule for row in rejected)
    return tuple(
        {
            "rule": rule,
            "words": PLAIN.get(rule, rule.replace("_", " ")),
            "count": count,
            "people": [row for row in rejected if row.rule == rule],
        }
        for rule, count in sorted(counts.items(), key=lambda item: (item[1], item[0]))
    )


def page_of(booking: Booking, *, question: str, now: dt.datetime) -> dict[str, Any]:
    """Return everything above and below the form: at most eight queries."""
    people = work_on(booking)
    holders = holders_of(booking, people)
    decided = Decision.objects.select_related("booking", "policy", "roster", "operation__run")
    decision = decided.filter(booking=booking).first()
    events = list(
        AuditEvent.objects.filter(object_type="booking", object_ref=booking.ref)[: TIMELINE + 1]
    )
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
        "outcome_word": OUTCOME_WORDS.get(decision.outcome, decision.outcome) if decision else "",
        **told,
        "timeline": events[:TIMELINE],
        "earlier": len(events) > TIMELINE,
    }


def _told(decision: Decision | None, *, question: str) -> dict[str, Any]:
    """Return the decision in rows, or the sentence that says why it cannot be read."""
    try:
        return {"table": decision_table(decision, question=question) if decision else None}
    except StoredDataError as error:
        return {"table": None, "unreadable": str(error)}


def _needs_a_person(booking: Booking) -> bool:
    return booking.escalated_at is not None or booking.pool_status == PoolStatus.FAILED
