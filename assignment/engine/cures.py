"""What would have to change for somebody to get a booking, from the stored record alone. Pure.

One function for each family of rules: it takes the rule and the values that it compared and
returns one sentence. Who was merely outranked is told how many points, or hours, are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assignment.engine.rules import (
    AVAILABILITY_RULES,
    DR_RULE,
    FILLED_RULE,
    GAP_RULE,
    PLANNED_RULE,
    QUALIFICATION_RULES,
    STARTED_RULE,
)

Values = Sequence[Any]
NOTHING = "Nothing: this decision gave it to them."


def cure_of_rejection(rule: str, values: Values) -> str:
    """Return the one change that lifts a rejection; empty for a rule that is no longer known."""
    family = FAMILIES.get(rule)
    return family(rule, values) if family else ""


def _qualification(rule: str, values: Values) -> str:
    if rule == "active":
        return "Make the person and their team active."
    if rule in ("team", "tenant"):
        return f"Let the booking be open to another {rule}, or move the person to its {rule}."
    what = "languages" if rule == "languages" else "skills"
    return f"Add {values[0]} to the {what} of the person, if that is true."


def _availability(rule: str, values: Values) -> str:
    if rule == "working_hours":
        return f"Extend the working hours to {values[0]} to {values[1]} ({values[2]})."
    if rule == "leave":
        return f"End or shorten the leave from {values[0]} to {values[1]} UTC."
    if rule == "overlap":
        return f"Give {values[0]} to somebody else, or move one of the two."
    if rule == "buffer":
        return f"Give {values[0]} to somebody else, or leave {values[1]} minutes between the two."
    minutes, cap = values
    day = "day" if rule == "daily_minutes" else "week"
    return f"Free {minutes - cap} minutes of that {day}, or raise the cap from {cap} to {minutes}."


def _planned(_: str, values: Values) -> str:
    return f"Let {values[0]} of the same plan go to somebody else."


def _permission(rule: str, values: Values) -> str:
    if rule == "do_not_send":
        return f"Take the person off the do-not-send list of {values[0]}."
    if rule == "declined":
        return "Ask again, and take the person off those who declined the booking."
    if rule == "pinned":
        return "Pin this person to the booking instead of who is pinned."
    return "Take the person off those whom the booking excludes."


def _barrier(rule: str, _: Values) -> str:
    if rule == FILLED_RULE:
        return "Ask for one more interpreter, or take one of the present ones off."
    return "Move the booking to a later time."


def _dr(_: str, values: Values) -> str:
    return f"Let somebody else serve {values[0]}, or choose a mode in which the DR rule is soft."


def _gap(_: str, values: Values) -> str:
    hours, least, limit = values
    return (
        f"{hours - least - limit:.2f} h less on the books, or a gap limit of {hours - least:.2f} h "
        f"instead of {limit:.2f} h."
    )


FAMILIES: Mapping[str, Callable[[str, Values], str]] = {
    **dict.fromkeys(QUALIFICATION_RULES, _qualification),
    **dict.fromkeys(AVAILABILITY_RULES, _availability),
    **dict.fromkeys(("excluded", "do_not_send", "declined", "pinned"), _permission),
    **dict.fromkeys((FILLED_RULE, STARTED_RULE), _barrier),
    PLANNED_RULE: _planned,
    DR_RULE: _dr,
    GAP_RULE: _gap,
}


def cure_of_place(record: Mapping[str, Any], *, index: int) -> str:
    """Return what whoever stands at ``index`` of a single decision lacks to get the booking."""
    ordinal, chosen = record["ranked"][index], record["chosen"]
    if ordinal in chosen:
        return NOTHING
    if not chosen:
        missing = record["needed"] - len(record["ranked"])
        return f"Find {missing} more who can: the booking needs {record['needed']} together."
    if record["ranked"][len(chosen) - 1] in record["pinned"]:
        return "Pin this person to the booking instead of who is pinned."
    scores = record["scores"]
    behind = scores["total"][len(chosen) - 1] - scores["total"][index]
    if round(behind, 4) <= 0:
        return "Anything in favour, such as a preference of the booking: the points are equal."
    return f"{behind:.3f} points more, such as by {_hours_less(record, index=index, of=behind)}."


def _hours_less(record: Mapping[str, Any], *, index: int, of: float) -> str:
    """Return how many hours less are worth these points, if hours alone can be."""
    fairness, hours = record["scores"]["fairness"][index], record["scores"]["hours"][index]
    weight, gap = record["weights"]["fairness"], record["gap"]
    if gap["limit"] is None:
        return "a preference of the booking"
    if not weight or fairness + of / weight > 1:
        return "a preference of the booking; fewer hours alone are not enough"
    limit = gap["limit"] / (gap["level"] + 1)
    wanted = gap["least"] + (1 - fairness - of / weight) * limit
    return f"{hours - wanted:.2f} h less on the books"


def cure_in_joint(record: Mapping[str, Any], *, index: int) -> str:
    """Return what whoever stands at ``index`` of a joint decision lacks to get the booking."""
    joint, chosen = record["joint"], record["chosen"]
    if joint["people"][index] in chosen:
        return NOTHING
    if chosen[-1] in record["pinned"]:
        return "Pin this person to the booking instead of who is pinned."
    last = joint["people"].index(chosen[-1])
    more = joint["above"][index] - joint["above"][last]
    if more > 0:
        return f"{more / 60:.2f} h less on the books."
    points = (joint["points"][last] - joint["points"][index]) / 1_000_000
    if points > 0:
        return f"{points:.3f} points more, such as by a preference of the booking."
    return "Anything in favour, such as a preference of the booking: the shares are equal."
