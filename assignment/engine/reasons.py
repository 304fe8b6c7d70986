"""Turns what the rules said into one outcome with a reason a person understands."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assignment.engine.request import Person, Request
from assignment.engine.rules import AVAILABILITY_RULES, QUALIFICATION_RULES, Rejection
from assignment.enums import Outcome, Reason

PLAIN = {
    "active": "not active",
    "team": "in another team",
    "tenant": "of another tenant",
    "languages": "without the languages",
    "skills": "without the skills",
    "filled": "not needed any more",
    "started": "too late",
    "working_hours": "outside their working hours",
    "leave": "on leave",
    "overlap": "busy with other work",
    "planned": "planned for other work",
    "buffer": "too close to other work",
    "daily_minutes": "over their day's minutes",
    "weekly_minutes": "over their week's minutes",
    "excluded": "excluded by the booking",
    "do_not_send": "not wanted by the owner",
    "declined": "declined already",
    "pinned": "not the pinned one",
    "dr_consecutive": "served the DR before",
    "fairness_gap": "too far ahead in hours",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Outcome, reason code (empty when all positions can be filled) and sentence."""

    outcome: str
    code: str
    text: str


def verdict(
    request: Request,
    *,
    ranked: Sequence[int],
    listed_count: int,
    rejected: Sequence[tuple[Person, Rejection]],
    allow_partial: bool,
    now: dt.datetime,
) -> Verdict:
    """Return what follows: ``ranked`` = ids of those who passed, ``rejected`` = all others."""
    if not request.needed:
        return Verdict(outcome=Outcome.SKIP, code="", text="All positions are filled.")
    if request.starts_at <= now:
        return _stop(Reason.ALREADY_STARTED, "The meeting has already started.")
    pinned = request.pinned
    lost = [(person, no) for person, no in rejected if person.id in pinned] if pinned else ()
    if lost:
        person, rejection = lost[0]
        text = f"The pinned interpreter {person.ref} is {PLAIN[rejection.rule]}."
        return _stop(Reason.PINNED_CANNOT, text)
    if len(ranked) >= request.needed:
        return Verdict(outcome=Outcome.ASSIGN, code="", text="")
    counts = Counter(rejection.rule for _, rejection in rejected)
    if ranked:
        text = f"{len(ranked)} of {request.needed} can; {tally(counts)}."
        outcome = Outcome.ASSIGN if allow_partial else Outcome.STOP
        return Verdict(outcome=outcome, code=Reason.TOO_FEW, text=text)
    if not rejected:
        return _stop(Reason.NO_INTERPRETERS, "There are no interpreters yet: import or add some.")
    text = f"Nobody of {len(rejected)} can: {tally(counts)}."
    return _stop(_what_stopped(counts, listed_count=listed_count), text)


def tally(counts: Counter[str]) -> str:
    """Return such as ``30 without the languages, 5 on leave``, most first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {PLAIN[rule]}" for rule, count in rows)


def _what_stopped(counts: Counter[str], *, listed_count: int) -> Reason:
    """Return the code of the last barrier that anybody reached."""
    if listed_count == 0:
        return Reason.NOBODY_QUALIFIED
    allowed = set(counts) - QUALIFICATION_RULES - AVAILABILITY_RULES
    return Reason.NOBODY_ALLOWED if allowed else Reason.NOBODY_AVAILABLE


def _stop(code: Reason, text: str) -> Verdict:
    return Verdict(outcome=Outcome.STOP, code=code, text=text)
