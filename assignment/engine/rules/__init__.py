"""The hard rules, in the order in which they are asked; the first "no" is the reason.

``STANDING`` depends on the person and the needs alone and is shared by all bookings with
equal needs; ``MOMENTARY`` depends on the time and on who is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

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

# Rules that are silent about most bookings, and what a booking must have for them to be asked.
ON_OCCASION: Mapping[str, Callable[[Request], object]] = {
    "buffer": lambda request: request.buffer,
    "excluded": lambda request: request.excluded,
    "do_not_send": lambda request: request.owner,
    "declined": lambda request: request.declined,
    "pinned": lambda request: request.pinned or not request.needed,
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


def rules_about(request: Request) -> Iterable[tuple[str, MomentaryRule]]:
    """Return the momentary rules that can say "no" to somebody for this booking, in order."""
    return [
        (name, rule)
        for name, rule in MOMENTARY.items()
        if name not in ON_OCCASION or ON_OCCASION[name](request)
    ]


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
