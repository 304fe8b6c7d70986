"""The decision about a booking as a person reads it: who got it, who could, and who could not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assignment.engine.candidate import CHOSEN, REJECTED, Candidate
from assignment.engine.explain import Explanation, explain
from assignment.engine.reasons import PLAIN
from assignment.enums import BookingState
from assignment.models import Booking, Decision
from pooling.nearness import places_if_cured

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
