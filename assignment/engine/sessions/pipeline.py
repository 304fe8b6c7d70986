"""The one pipeline of all callers: schedule, contact, strategy, eligibility, selection.

Each step continues or ends with an outcome; the first that does not continue ends it. Pure:
reads the situation, writes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assignment.engine.round_robin import RoundRobin
from assignment.engine.rules import QUALIFICATION_RULES
from assignment.engine.rules.base import Rejection
from assignment.engine.sessions.reasons import sentence, tally
from assignment.engine.sessions.rules import BUSY_RULES, first_no
from assignment.engine.sessions.strategies import Selection, select
from assignment.engine.sessions.values import Call, Member, Situation
from assignment.enums import Outcome, SessionReason, Strategy
from assignment.errors import CounterError
from assignment.working_hours import cover

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a step ends the decision."""

    outcome: Outcome
    code: str = ""
    text: str = ""


@dataclass(kw_only=True)
class Draft:
    """A decision on its way through the steps."""

    call: Call
    situation: Situation
    turns: RoundRobin
    eligible: list[Member] = field(default_factory=list)
    rejected: list[tuple[Member, Rejection]] = field(default_factory=list)
    selection: Selection | None = None


Step = Callable[[Draft], Answer | None]
"""A step returns an answer, or None to continue."""


@dataclass(frozen=True, kw_only=True)
class SessionChoice:
    """What was decided for one session, with a verdict on every candidate.

    ``steps``: the names of the steps that were walked; ``chosen`` and ``lanes`` only when it
    is assigned. ``is_outage``: the turns could not be had, so that others fare no better.
    """

    call: Call
    outcome: Outcome
    code: str
    text: str
    steps: tuple[str, ...]
    rejected: tuple[tuple[Member, Rejection], ...] = ()
    selection: Selection | None = None
    chosen: int | None = None
    lanes: tuple[int, int] | None = None
    is_outage: bool = False


def is_open(draft: Draft) -> Answer | None:
    """The desk's schedule covers this moment; without a readable time zone it is closed."""
    desk, now = draft.situation.desk, draft.situation.now
    if draft.call.named:
        return None
    if desk.zone is None:
        text = "The desk has no time zone that can be read: it is closed. Set one."
        return Answer(outcome=Outcome.STOP, code=SessionReason.OUT_OF_OFFICE, text=text)
    if cover(desk.shifts, start=now, end=now + now.resolution, zone=desk.zone):
        return None
    local = now.astimezone(desk.zone)
    text = f"The desk is closed at {local:%a %H:%M} ({desk.zone.key})."
    return Answer(outcome=Outcome.STOP, code=SessionReason.OUT_OF_OFFICE, text=text)


def has_no_interpreter_yet(draft: Draft) -> Answer | None:
    """The contact is not being served in another session."""
    served = draft.situation.served.get(draft.call.contact, ())
    others = [ref for ref in served if ref != draft.call.ref]
    if not draft.call.contact or not others:
        return None
    text = f"The contact already has an interpreter, in {others[0]}."
    return Answer(outcome=Outcome.SKIP, code=SessionReason.CONTACT_SERVED, text=text)


def is_assigned_by_machine(draft: Draft) -> Answer | None:
    """The desk lets the machine choose, or a person has chosen."""
    if draft.situation.desk.strategy != Strategy.MANUAL or draft.call.named:
        return None
    text = "A person assigns the sessions of this desk: use “assign now”."
    return Answer(outcome=Outcome.STOP, code=SessionReason.BY_HAND, text=text)


def somebody_can(draft: Draft) -> Answer | None:
    """At least one member, or the one who was named, passes every rule about people."""
    call, situation = draft.call, draft.situation
    for member in situation.members:
        no = first_no(member, call, situation)
        if no is not None:
            draft.rejected.append((member, no))
        elif call.named in (None, member.person.id):
            draft.eligible.append(member)
    if draft.eligible:
        return None
    return _named_cannot(draft) if call.named else _nobody_can(draft)


def one_is_selected(draft: Draft) -> Answer | None:
    """The strategy chooses among those who can."""
    draft.selection = select(
        draft.eligible,
        situation=draft.situation,
        turns=draft.turns,
        named=draft.call.named is not None,
    )
    return Answer(outcome=Outcome.ASSIGN)


STEPS: Mapping[str, Step] = {
    "schedule": is_open,
    "contact": has_no_interpreter_yet,
    "strategy": is_assigned_by_machine,
    "eligibility": somebody_can,
    "selection": one_is_selected,
}


def decide(
    call: Call,
    *,
    situation: Situation,
    turns: RoundRobin,
    steps: Mapping[str, Step] = STEPS,
) -> SessionChoice:
    """Return the choice for one session; an exception in a step is the outcome error."""
    draft = Draft(call=call, situation=situation, turns=turns)
    walked: list[str] = []
    try:
        for name, step in steps.items():
            walked.append(name)
            answer = step(draft)
            if answer is not None:
                return _choice(draft, answer, walked)
    except CounterError as error:
        return _error(call, walked, text=str(error), is_outage=True)
    except Exception:
        log.exception("deciding session %s failed at %s", call.ref, walked[-1:])
        text = "Deciding failed unexpectedly; the log has the details."
        return _error(call, walked, text=text, is_outage=False)
    nothing = Answer(
        outcome=Outcome.STOP,
        code=SessionReason.ALL_CONTINUED,
        text="No rule decided: it waits for a person.",
    )
    return _choice(draft, nothing, walked)


def _choice(draft: Draft, answer: Answer, walked: list[str]) -> SessionChoice:
    chosen = lanes = None
    if draft.selection and answer.outcome == Outcome.ASSIGN:
        member = draft.selection.chosen
        chosen = member.person.id
        lanes = member.free_lanes(draft.call, now=draft.situation.now)
    return SessionChoice(
        call=draft.call,
        outcome=answer.outcome,
        code=answer.code,
        text=answer.text,
        steps=tuple(walked),
        rejected=tuple(draft.rejected),
        selection=draft.selection,
        chosen=chosen,
        lanes=lanes,
    )


def _error(call: Call, walked: list[str], *, text: str, is_outage: bool) -> SessionChoice:
    return SessionChoice(
        call=call,
        outcome=Outcome.ERROR,
        code="",
        text=text,
        steps=tuple(walked),
        is_outage=is_outage,
    )


def _named_cannot(draft: Draft) -> Answer:
    for member, no in draft.rejected:
        if member.person.id == draft.call.named:
            text = f"{member.person.ref}: {sentence(no)}"
            return Answer(outcome=Outcome.STOP, code=SessionReason.CANNOT, text=text)
    text = "The person who was named does not belong to this desk."
    return Answer(outcome=Outcome.STOP, code=SessionReason.CANNOT, text=text)


def _nobody_can(draft: Draft) -> Answer:
    counts = Counter(no.rule for _, no in draft.rejected)
    if not counts:
        text = "The desk has no people yet: put interpreters into its team."
        return Answer(outcome=Outcome.STOP, code=SessionReason.NOBODY_QUALIFIED, text=text)
    text = f"Nobody of {sum(counts.values())} can: {tally(counts)}."
    if set(counts) & BUSY_RULES:
        return Answer(outcome=Outcome.WAIT, code=SessionReason.EVERYBODY_BUSY, text=text)
    qualified = set(counts) - QUALIFICATION_RULES
    code = SessionReason.NOBODY_THERE if qualified else SessionReason.NOBODY_QUALIFIED
    return Answer(outcome=Outcome.STOP, code=code, text=text)
