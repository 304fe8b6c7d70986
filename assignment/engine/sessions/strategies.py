"""How a desk chooses among those who can: by a figure, and in turn among equals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assignment.engine.round_robin import RoundRobin
from assignment.engine.sessions.values import Member, Situation
from assignment.enums import Period, Strategy

Figures = tuple[float, ...]
"""What a strategy compares; the smallest comes first."""

PERIODS: Mapping[str, dt.timedelta | None] = {
    Period.SHIFT: dt.timedelta(hours=12),
    Period.DAY: dt.timedelta(days=1),
    Period.WEEK: dt.timedelta(days=7),
    Period.MONTH: dt.timedelta(days=30),
    Period.ALL: None,
}
"""How far a period looks back; None = to the beginning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """How equals were told apart: the index that the round robin gave among ``of`` of them."""

    context_key: str
    of: int
    index: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Those who could, best first, each with the figures compared; ``turn`` if one was taken.

    The chosen one is ``ranked[turn.index]``, or the first without a turn.
    """

    ranked: tuple[tuple[Member, Figures], ...]
    turn: Turn | None

    @property
    def chosen(self) -> Member:
        """Whoever gets it."""
        return self.ranked[self.turn.index if self.turn else 0][0]


def _in_turn(_: Member, __: Situation) -> Figures:
    return ()


def _least_active(member: Member, situation: Situation) -> Figures:
    return (member.active(now=situation.now),)


def _least_assigned(member: Member, _: Situation) -> Figures:
    return (member.assigned,)


def _hybrid(member: Member, situation: Situation) -> Figures:
    return (member.active(now=situation.now), member.assigned)


def _fair(member: Member, _: Situation) -> Figures:
    return (-member.deficit,)


FIGURES: Mapping[str, Callable[[Member, Situation], Figures]] = {
    Strategy.ROUND_ROBIN: _in_turn,
    Strategy.LEAST_ACTIVE: _least_active,
    Strategy.LEAST_ASSIGNED: _least_assigned,
    Strategy.HYBRID: _hybrid,
    Strategy.FAIR: _fair,
    Strategy.MANUAL: _in_turn,
}


def select(
    eligible: Sequence[Member], *, situation: Situation, turns: RoundRobin, named: bool
) -> Selection:
    """Return the selection among those who can (at least one).

    Ties are broken by the round robin of the desk; ``named``: a person has chosen, so that
    no turn is taken. Raises CounterError when the turns cannot be had.
    """
    strategy = situation.desk.strategy
    figures = FIGURES[strategy]
    rows = [(member, figures(member, situation)) for member in eligible]
    ranked = tuple(sorted(rows, key=lambda row: (row[1], row[0].person.ref)))
    equal = sum(row[1] == ranked[0][1] for row in ranked)
    if named or (equal == 1 and strategy != Strategy.ROUND_ROBIN):
        return Selection(ranked=ranked, turn=None)
    key = situation.desk.context_key
    index = turns.next_index(key, equal)
    return Selection(ranked=ranked, turn=Turn(context_key=key, of=equal, index=index))
