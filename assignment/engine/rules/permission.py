"""May this person do this very booking?"""

from __future__ import annotations

from collections.abc import Set

from assignment.engine.facts import Facts
from assignment.engine.request import Person, Request
from assignment.engine.rules.base import Value


def is_not_excluded(person: Person, request: Request, _: Facts) -> tuple[Value, ...] | None:
    """The booking does not exclude the person."""
    return () if person.id in request.excluded else None


def is_not_on_do_not_send(
    person: Person, request: Request, facts: Facts
) -> tuple[Value, ...] | None:
    """The booking's owner has not asked for somebody else."""
    if request.owner and person.id in facts.do_not_send.get(request.owner, ()):
        return (request.owner,)
    return None


def has_not_declined(person: Person, request: Request, _: Facts) -> tuple[Value, ...] | None:
    """The person was not tried for this booking already."""
    return () if person.id in request.declined else None


def leaves_room_for_pinned(person: Person, request: Request, _: Facts) -> tuple[Value, ...] | None:
    """Pinned people take their positions; others compete for what remains."""
    if person.id in request.pinned or len(request.pinned) < request.needed:
        return None
    return ()


def whom_pins_leave_out(request: Request, facts: Facts) -> Set[int]:
    """Return people among whom are all that ``leaves_room_for_pinned`` says no to."""
    return facts.by_id.keys() if len(request.pinned) >= request.needed else frozenset()
