"""Answers why X and why not Y for a session, from the stored record alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assignment.engine.candidate import CHOSEN, OUTRANKED, REJECTED
from assignment.engine.record import reading, unpack
from assignment.engine.sessions.reasons import PLAIN, words
from assignment.enums import Strategy
from assignment.models import Interpreter, SessionDecision


@dataclass(frozen=True, kw_only=True)
class SessionCandidate:
    """The verdict on one person, in words; ``place`` among those who could."""

    interpreter: str
    name: str
    verdict: str
    rule: str
    reason: str
    place: int | None


@dataclass(frozen=True, kw_only=True)
class SessionExplanation:
    """A stored decision in words; ``candidates``: chosen, outranked, then rejected by ref."""

    session: str
    caller: str
    outcome: str
    reason_code: str
    reason: str
    strategy: str
    steps: tuple[str, ...]
    chosen: str
    turn: str
    candidates: tuple[SessionCandidate, ...]
    decided_at: dt.datetime
    by: str


ABOVE, BELOW = "hours above the fair share", "hours below the fair share"
FIGURE_NAMES: Mapping[str, tuple[str, ...]] = {
    Strategy.LEAST_ACTIVE: ("sessions now",),
    Strategy.LEAST_ASSIGNED: ("sessions in the period",),
    Strategy.HYBRID: ("sessions now", "in the period"),
    Strategy.FAIR: (ABOVE,),
}


def explain_session(decision: SessionDecision) -> SessionExplanation:
    """Return the decision explained; names are looked up, all else is from the record.

    Raises StoredDataError for a record that is damaged.
    """
    with reading(f"the decision for {decision.session.ref}"):
        return _explained(decision)


def _explained(decision: SessionDecision) -> SessionExplanation:
    record = unpack(decision.record)
    refs = [row[0] for row in record["ranked"]]
    refs += [row[0] for rows in record["rejected"].values() for row in rows]
    names = dict(Interpreter.objects.filter(ref__in=refs).values_list("ref", "name"))
    could = sorted(_could(record, names=names), key=lambda row: row.verdict != CHOSEN)
    out = sorted(_out(record, names=names), key=lambda row: row.interpreter)
    return SessionExplanation(
        session=decision.session.ref,
        caller=decision.caller,
        outcome=decision.outcome,
        reason_code=decision.reason_code,
        reason=decision.reason_text,
        strategy=Strategy(record["strategy"]).label,
        steps=tuple(record["steps"]),
        chosen=rederived_session(record),
        turn=_turn(record),
        candidates=(*could, *out),
        decided_at=decision.decided_at,
        by=decision.decided_by,
    )


def rederived_session(record: Mapping[str, Any]) -> str:
    """Return the ref that the stored figures alone make the choice; empty for nobody."""
    ranked, turn = record["ranked"], record["turn"]
    if not ranked:
        return ""
    best = min(figures for _, figures in ranked)
    equal = sorted(ref for ref, figures in ranked if figures == best)
    return str(equal[turn["index"] if turn else 0])


def _could(record: Mapping[str, Any], *, names: Mapping[str, str]) -> Iterator[SessionCandidate]:
    chosen = rederived_session(record)
    for place, (ref, figures) in enumerate(record["ranked"], start=1):
        yield SessionCandidate(
            interpreter=ref,
            name=names.get(ref, ref),
            verdict=CHOSEN if ref == chosen else OUTRANKED,
            rule="",
            reason=_figures(record, figures),
            place=place,
        )


def _out(record: Mapping[str, Any], *, names: Mapping[str, str]) -> Iterator[SessionCandidate]:
    for rule, rows in record["rejected"].items():
        for ref, *values in rows:
            yield SessionCandidate(
                interpreter=ref,
                name=names.get(ref, ref),
                verdict=REJECTED,
                rule=PLAIN[rule],
                reason=words(rule, values),
                place=None,
            )


def _figures(record: Mapping[str, Any], figures: list[float]) -> str:
    if record["named"]:
        return "Chosen by a person."
    names = FIGURE_NAMES.get(record["strategy"], ())
    told = ", ".join(_figure(value, name) for value, name in zip(figures, names, strict=False))
    return f"Could: {told}." if told else "Could, in turn with the others."


def _figure(value: float, name: str) -> str:
    if name == ABOVE and value < 0:
        value, name = -value, BELOW
    return f"{round(value, 2):g} {name}"


def _turn(record: Mapping[str, Any]) -> str:
    turn = record["turn"]
    if not turn:
        return ""
    return f"Number {turn['index'] + 1} of {turn['of']} equals was next in the round robin."
