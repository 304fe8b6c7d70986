"""What a plan leaves uncovered is covered by exchanges inside the plan, where that is possible.

No mode covers less than the joint decision would: where the exchanges that start from the plan fall
behind what the joint decision covers, its assignment is taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from assignment.engine.decide import decide_in_order
from assignment.engine.facts import Facts
from assignment.engine.joint import cover
from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.budget import Budget
from assignment.engine.joint.coverage import cover_by_exchange
from assignment.engine.pipeline import Choice, Shortlist, choose
from assignment.engine.request import Request, RequestOrder, canonical_order
from assignment.engine.together import Asked, Together, put_together
from assignment.enums import Outcome
from assignment.policy_values import PolicyValues

STEPS = 300_000
Kept = TypeVar("Kept")


class Placed(NamedTuple):
    """What exchanges need to know of a choice, whose verdicts take a hundred times the space."""

    request: Request
    outcome: str
    chosen: tuple[int, ...]
    eligible: tuple[int, ...]
    shortlist: Shortlist

    @classmethod
    def of(cls, choice: Choice) -> Placed:
        """Return the choice without its verdicts."""
        return cls(choice.request, choice.outcome, choice.chosen, choice.eligible, choice.shortlist)


def decide_singly(
    requests: Sequence[Request],
    *,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
    keep: Callable[[Choice], Kept],
    order: RequestOrder = canonical_order,
) -> list[Kept]:
    """Return what is kept of each choice, made one by one in ``order``, then with exchanges.

    ``keep`` is called for each choice at once, so that no more than one is held as a whole.
    ``facts`` grows by what was chosen.
    """
    choices = decide_in_order(requests, facts=facts, policy=policy, now=now, order=order)
    if len(requests) == 1:  # nobody to exchange with
        return list(map(keep, choices))
    before = facts.copy()
    placed, kept = [], []
    for choice in choices:
        placed.append(Placed.of(choice))
        kept.append(keep(choice))
    told = cover_the_rest(placed, before=before, facts=facts, policy=policy, now=now)
    if told:
        told |= _told_anew(placed, told, before=before, facts=facts, policy=policy, now=now)
    return [
        keep(told[row.request.id]) if row.request.id in told else old
        for row, old in zip(placed, kept, strict=True)
    ]


def _told_anew(
    plan: Sequence[Placed],
    changed: Mapping[int, Choice],
    *,
    before: Facts,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
) -> dict[int, Choice]:
    """Return the choices beside those that changed, as they are now that these have.

    They may have named a booking that somebody else has by now. Who has them does not change.
    """
    anew: dict[int, Choice] = {}
    for row in plan:
        asked = row.request
        if asked.id in changed or not any(
            _meet(asked, other.request) for other in changed.values()
        ):
            continue
        facts.remove(asked, person_ids=row.chosen, before=before, eligible=row.eligible)
        choice = choose(asked, facts=facts, policy=policy, now=now, listed=row.shortlist)
        facts.add(asked, person_ids=row.chosen, eligible=row.eligible)
        if choice.chosen == row.chosen:
            anew[asked.id] = choice
    return anew


def _meet(one: Request, other: Request) -> bool:
    room = max(one.buffer, other.buffer)
    return one.starts_at < other.ends_at + room and other.starts_at < one.ends_at + room


def cover_the_rest(
    plan: Sequence[Placed],
    *,
    before: Facts,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
) -> dict[int, Choice]:
    """Return the choices that change, by booking, so that more is covered; none if they cannot.

    ``before``: the facts without the plan; ``facts``: with it, kept in step.
    """
    known = {row.request.id: row for row in plan}
    if not _worth_trying(plan, before=before, policy=policy, now=now):
        return {}
    before, whole, planned = _what_may_move(plan, before=before, policy=policy, now=now)
    owner = _covered_more(whole, planned)
    if owner is None:
        return {}
    changed = _Changed(whole, owner, known=known, facts=facts.copy(), before=before)
    decided = changed.decide(policy=policy, now=now)
    if decided:
        _keep_in_step(facts, known, decided, before=before)
    return decided


def _worth_trying(
    plan: Sequence[Placed], *, before: Facts, policy: PolicyValues, now: dt.datetime
) -> bool:
    """Tell whether something is uncovered that could be covered were it alone."""
    return any(
        choose(row.request, facts=before, policy=policy, now=now, listed=row.shortlist).outcome
        == Outcome.ASSIGN
        for row in plan
        if row.outcome == Outcome.STOP and row.shortlist.people
    )


def _what_may_move(
    plan: Sequence[Placed], *, before: Facts, policy: PolicyValues, now: dt.datetime
) -> tuple[Facts, Together, Board]:
    """Return the plan as a board, with the problem and the facts that lie below it.

    What the problem does not allow, such as a DR that is given out of turn because nobody else
    can, stands as if it were there before.
    """
    free = {row.request.id: row for row in plan}
    while True:
        requests = [row.request for row in free.values()]
        whole = put_together(requests, facts=before, policy=policy, now=now)
        board, foreign = _board_of(whole, free)
        if not foreign:
            return before, whole, board
        before = before.copy()
        for key in foreign:
            row = free.pop(key)
            before.add(row.request, person_ids=row.chosen, eligible=row.eligible)


def _board_of(whole: Together, known: dict[int, Placed]) -> tuple[Board, list[int]]:
    """Return the plan as a board, and the bookings whose choice the problem does not allow."""
    board, foreign = Board(whole.problem), []
    for row in whole.asked:
        mark, free = len(board.moves), list(row.tasks)
        for key in known[row.request.id].chosen:
            who = whole.index.get(key, NOBODY)
            able = [task for task in free if who in whole.problem.tasks[task].people]
            if not able or not board.is_free(able[0], who):
                board.take_back(mark)
                foreign.append(row.request.id)
                break
            board.put(able[0], who)
            free.remove(able[0])
    return board, foreign


def _covered_more(whole: Together, board: Board) -> list[int] | None:
    """Return who has each task when more is covered than the plan covers."""
    covered = board.covered
    cover_by_exchange(board, budget=Budget(STEPS))
    able = [task for task in range(len(board.owner)) if whole.problem.tasks[task].people]
    if any(board.owner[task] == NOBODY for task in able):
        other = Board(whole.problem)
        other.load(cover(whole.problem))
        board = max((board, other), key=lambda row: row.covered)
    return list(board.owner) if board.covered > covered else None


class _Changed:
    """The bookings that get somebody else: each is chosen anew beside all the others."""

    def __init__(
        self,
        whole: Together,
        owner: Sequence[int],
        *,
        known: dict[int, Placed],
        facts: Facts,
        before: Facts,
    ) -> None:
        self.facts, self.before = facts, before
        self.rows: list[tuple[Asked, tuple[int, ...]]] = []
        for row in whole.asked:
            people = [owner[task] for task in row.tasks if owner[task] != NOBODY]
            ids = tuple(whole.people[who].id for who in people)
            if set(ids) != set(known[row.request.id].chosen):
                self.rows.append((row, ids))
                old = known[row.request.id]
                self._remove(row, old.chosen, old.eligible)
        self.covered = tuple(
            sorted(row.request.ref for row, ids in self.rows if not known[row.request.id].chosen)
        )
        for row, ids in self.rows:
            self._add(row, ids, row.eligible)

    def decide(self, *, policy: PolicyValues, now: dt.datetime) -> dict[int, Choice]:
        """Return the new choices by booking; none when one of them finds nobody after all."""
        decided: dict[int, Choice] = {}
        for row, ids in self.rows:
            self._remove(row, ids, row.eligible)
            choice = choose(
                row.request, facts=self.facts, policy=policy, now=now, listed=row.shortlist
            )
            if len(choice.chosen) < len(ids):
                return {}
            self._add(row, choice.chosen, choice.eligible)
            new = row.request.ref in self.covered
            decided[row.request.id] = choice if new else replace(choice, exchanged_for=self.covered)
        return decided

    def _add(self, row: Asked, ids: Sequence[int], eligible: Collection[int]) -> None:
        self.facts.add(row.request, person_ids=ids, eligible=eligible)

    def _remove(self, row: Asked, ids: Sequence[int], eligible: Collection[int]) -> None:
        self.facts.remove(row.request, person_ids=ids, before=self.before, eligible=eligible)


def _keep_in_step(
    facts: Facts, known: dict[int, Placed], decided: dict[int, Choice], *, before: Facts
) -> None:
    """Let the facts count the new choices in the place of the old ones."""
    for key in decided:
        old = known[key]
        facts.remove(old.request, person_ids=old.chosen, before=before, eligible=old.eligible)
    for choice in decided.values():
        facts.add(choice.request, person_ids=choice.chosen, eligible=choice.eligible)
