"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assignment.engine.facts import Facts
from assignment.engine.request import Needs, Person, Request

Value = str | int | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    """A "no": the rule's name and the values it compared, as ``explain`` words them."""

    rule: str
    values: tuple[Value, ...] = ()


# A rule returns the compared values of its "no", or None for "yes".
StandingRule = Callable[[Person, Needs], tuple[Value, ...] | None]
MomentaryRule = Callable[[Person, Request, Facts], tuple[Value, ...] | None]
