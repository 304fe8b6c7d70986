"""The words of a "no" about a person and a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from assignment.engine.reasons import PLAIN as OF_BOOKINGS
from assignment.engine.rules.base import Rejection

SENTENCES: Mapping[str, str] = {
    "active": "Is not active, or the team is not.",
    "team": "Belongs to another team.",
    "tenant": "Belongs to another tenant.",
    "languages": "Does not have: {0}.",
    "skills": "Lacks the skill: {0}.",
    "offline": "Is {0}.",
    "leave": "Is on leave until {0} UTC.",
    "gives_away": "Has it now and gives it away.",
    "let_pass": "Let it pass at {0} UTC and did not come online anew since.",
    "handed_over": "Had it until it was handed over at {0} UTC, and did not come online anew "
    "since.",
    "no_lane": "Is busy with {0}. At most {2} at once where all are chats; a call or booking "
    "alone. Room comes when one of these ends or goes to somebody else.",
    "no_time": "Has other work at {0} UTC.",
}
PLAIN: Mapping[str, str] = {
    **OF_BOOKINGS,
    "offline": "not online",
    "gives_away": "giving it away",
    "let_pass": "let it pass",
    "handed_over": "had it before it was handed over",
    "no_lane": "busy already",
    "no_time": "with other work soon",
}


def sentence(no: Rejection) -> str:
    """Return a rejection in words."""
    return words(no.rule, no.values)


def words(rule: str, values: Sequence[Any]) -> str:
    """Return a stored rejection in words."""
    template = SENTENCES.get(rule)
    return template.format(*values) if template else f"Rejected by the rule {rule}."


def tally(counts: Counter[str]) -> str:
    """Return such as ``20 not online, 5 busy already``, most first."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {PLAIN[rule]}" for rule, count in rows)
