"""Can this person do such work at all?"""

from __future__ import annotations

from assignment.engine.request import Needs, Person
from assignment.engine.rules.base import Value


def is_active(person: Person, _: Needs) -> tuple[Value, ...] | None:
    """The person and their team are active."""
    return None if person.active else ()


def is_in_team(person: Person, needs: Needs) -> tuple[Value, ...] | None:
    """The person belongs to the booking's team, when one is set."""
    return None if needs.team_id in (None, person.team_id) else ()


def is_in_tenant(person: Person, needs: Needs) -> tuple[Value, ...] | None:
    """The person's team belongs to the booking's tenant, when one is set."""
    return None if needs.tenant_id in (None, person.tenant_id) else ()


def speaks_all_languages(person: Person, needs: Needs) -> tuple[Value, ...] | None:
    """The person has every tag; a pair ``ja>th`` needs that pair or both tags."""
    missing = [tag for tag in needs.languages if not speaks(person.languages, tag)]
    return (", ".join(missing),) if missing else None


def speaks(languages: frozenset[str], tag: str) -> bool:
    """Tell whether the languages hold this tag or pair."""
    if tag in languages:
        return True
    source, arrow, target = tag.partition(">")
    return bool(arrow) and source in languages and target in languages


def has_all_skills(person: Person, needs: Needs) -> tuple[Value, ...] | None:
    """The person has every required skill."""
    missing = [skill for skill in needs.skills if skill not in person.skills]
    return (", ".join(missing),) if missing else None
