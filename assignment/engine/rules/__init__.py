"""The hard rules, in the order in which they are asked; the first "no" is the reason.

``STANDING`` depends on the person and the needs alone and is shared by all bookings with
equal needs; ``MOMENTARY`` depends on the time and on who is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from assignment.engine.facts import Facts
from assignment.engine.request import Request
from assignment.engine.rules import availability, permission, qualification
from assignment.engine.rules.base import MomentaryRule, Rejection, StandingRule

STANDING: Mapping[str, StandingRule] = {
    "active": qualification.is_active,
    "team": qualification.is_in_team,
    "tenant": qualification.is_in_tenant,
    "languages": qualification.speaks_all_languages,
    "skills": qualification.has_all_skills,
}

MOMENTARY: Mapping[str, MomentaryRule] = {
    "working_hours": availability.is_at_work,
    "leave": availability.is_not_on_leave,
    "overlap": availability.is_free,
    "buffer": availability.keeps_buffer,
    "daily_minutes": availability.stays_below_daily_minutes,
    "weekly_minutes": availability.stays_below_weekly_minutes,
    "excluded": permission.is_not_excluded,
    "do_not_send": permission.is_not_on_do_not_send,
    "declined": permission.has_not_declined,
    "pinned": permission.leaves_room_for_pinned,
}

# Whom a rule can say "no" to for a booking: nobody else needs to be asked.
WHOM: Mapping[str, Callable[[Request, Facts], Collection[int]]] = {
    "working_hours": availability.whose_hours_do_not_cover,
    "leave": lambda _, facts: facts.on_leave,
    "overlap": lambda request, facts: facts.maybe_busy(request.starts_at, request.ends_at),
    "buffer": availability.who_may_be_too_close,
    "daily_minutes": lambda _, facts: facts.with_daily_cap,
    "weekly_minutes": lambda _, facts: facts.with_weekly_cap,
    "excluded": lambda request, _: request.excluded,
    "do_not_send": lambda request, facts: facts.do_not_send.get(request.owner, ()),
    "declined": lambda request, _: request.declined,
    "pinned": permission.whom_pins_leave_out,
}

FILLED_RULE = "filled"
STARTED_RULE = "started"
DR_RULE = "dr_consecutive"
GAP_RULE = "fairness_gap"
PLANNED_RULE = "planned"

# Rules that only say whom to prefer. Somebody they reject could have had the booking, so it is
# part of their opportunity: or favours by pin, and work held back for fairness, would hide
# themselves from the share. All others say that somebody could not; who declined is out as well,
# what a decline costs is posted in the ledger with its reason.
CHOSEN_OTHERWISE = frozenset({DR_RULE, GAP_RULE, PLANNED_RULE, "pinned"})

QUALIFICATION_RULES = frozenset(STANDING)
AVAILABILITY_RULES = frozenset(
    {"working_hours", "leave", "overlap", "buffer", "daily_minutes", "weekly_minutes"}
)

# Rules that a policy may turn from "excludes" into "costs points".
MAY_BE_SOFT = frozenset({"buffer", "daily_minutes", "weekly_minutes", GAP_RULE})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The momentary rules to be asked for a booking, in order, and of whom."""

    rules: tuple[tuple[str, MomentaryRule], ...]
    people: frozenset[int]


def rules_about(request: Request, facts: Facts) -> Asked:
    """Return the momentary rules that can say "no" to somebody for this booking, and to whom."""
    whom = {name: who for name, about in WHOM.items() if (who := about(request, facts))}
    return Asked(
        rules=tuple((name, MOMENTARY[name]) for name in whom),
        people=frozenset().union(*whom.values()),
    )


__all__ = [
    "AVAILABILITY_RULES",
    "CHOSEN_OTHERWISE",
    "DR_RULE",
    "FILLED_RULE",
    "GAP_RULE",
    "MAY_BE_SOFT",
    "MOMENTARY",
    "PLANNED_RULE",
    "QUALIFICATION_RULES",
    "STANDING",
    "STARTED_RULE",
    "Rejection",
    "rules_about",
]
