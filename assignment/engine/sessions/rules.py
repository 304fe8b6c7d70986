"""May this person take this session now? Each rule returns the values of its "no", or None."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assignment.engine.pipeline import standing_rejection
from assignment.engine.rules.base import Rejection, Value
from assignment.engine.sessions.values import SHORTEST, Call, Member, Situation
from assignment.enums import PresenceStatus

PersonRule = Callable[[Member, Call, Situation], tuple[Value, ...] | None]


def is_online(member: Member, _: Call, __: Situation) -> tuple[Value, ...] | None:
    """The person has said that they take sessions."""
    return None if member.status == PresenceStatus.ONLINE else (member.status,)


def is_not_on_leave(member: Member, _: Call, situation: Situation) -> tuple[Value, ...] | None:
    """No leave covers this moment."""
    for starts_at, ends_at in member.person.leave:
        if starts_at <= situation.now < ends_at:
            return (f"{ends_at:%Y-%m-%d %H:%M}",)
    return None


def does_not_give_it_away(member: Member, call: Call, _: Situation) -> tuple[Value, ...] | None:
    """The person is not the one who has it and gives it away."""
    return () if member.person.id == call.holder else None


def has_not_let_it_pass(member: Member, call: Call, _: Situation) -> tuple[Value, ...] | None:
    """The person did not let it pass since they came online; a named person is asked again."""
    return None if member.person.id in call.handed_over else _passed_at(member, call)


def has_not_handed_it_over(member: Member, call: Call, _: Situation) -> tuple[Value, ...] | None:
    """The person did not hand it over since they came online; a named person is asked again."""
    return _passed_at(member, call) if member.person.id in call.handed_over else None


def _passed_at(member: Member, call: Call) -> tuple[Value, ...] | None:
    at = call.passes.get(member.person.id)
    if at is None or call.named == member.person.id:
        return None
    return (f"{at:%H:%M}",) if member.since is None or member.since <= at else None


def has_a_free_lane(member: Member, call: Call, situation: Situation) -> tuple[Value, ...] | None:
    """The person has room: for one more chat, or for a call that takes them whole."""
    if member.free_lanes(call, now=situation.now) is not None:
        return None
    taken = member.taken(now=situation.now)
    return (", ".join(sorted(row.ref for row in taken)), len(taken), member.max_chats)


def has_time(member: Member, _: Call, situation: Situation) -> tuple[Value, ...] | None:
    """The person's next work leaves time for a session."""
    following = member.free_until(now=situation.now)
    if following is None or following - situation.now >= SHORTEST:
        return None
    return (f"{following:%H:%M}",)


RULES: Mapping[str, PersonRule] = {
    "offline": is_online,
    "leave": is_not_on_leave,
    "gives_away": does_not_give_it_away,
    "let_pass": has_not_let_it_pass,
    "handed_over": has_not_handed_it_over,
    "no_lane": has_a_free_lane,
    "no_time": has_time,
}
"""Asked in this order, after the standing rules (active, team, tenant, languages, skills)."""

BUSY_RULES = frozenset({"no_lane", "no_time"})


def first_no(member: Member, call: Call, situation: Situation) -> Rejection | None:
    """Return the first rule that says no to this person, standing rules first."""
    standing = standing_rejection(member.person, call.needs)
    if standing is not None:
        return standing
    for name, rule in RULES.items():
        values = rule(member, call, situation)
        if values is not None:
            return Rejection(rule=name, values=values)
    return None
