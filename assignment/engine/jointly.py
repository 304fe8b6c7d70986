"""Decides many bookings together: the joint decision of BALANCE. Pure: writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assignment.engine.facts import Facts
from assignment.engine.joint import Solution, solve
from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.finish import ranking
from assignment.engine.joint_view import JointPlace, JointView
from assignment.engine.pipeline import (
    Choice,
    choose,
    momentary_rejection,
)
from assignment.engine.request import Person, Request, canonical_order
from assignment.engine.rules import DR_RULE, PLANNED_RULE, Rejection
from assignment.engine.together import DAY_MINUTES, POINTS, Asked, Together, put_together
from assignment.enums import MeetingType, Outcome, Reason
from assignment.policy_values import PolicyValues

SAFETY_SECONDS = 60.0
"""The wall clock ends a search that the steps should have ended long before."""


@dataclass(frozen=True, kw_only=True)
class JointDecision:
    """The choices for what is due, in canonical order, and how good the whole is.

    ``together``: how many bookings were decided, those of the look-ahead included.
    """

    choices: tuple[Choice, ...]
    solution: Solution
    together: int

    def as_json(self) -> dict[str, Any]:
        """Return how good the decision is: squares and their lower bound in minutes squared."""
        found = self.solution
        return {
            "together": self.together,
            "objective": found.squares,
            "bound": found.bound,
            "gap": round(found.gap, 9),
            "proven": found.proven,
            "steps": found.steps,
            "stopped_by_clock": found.stopped_by_clock,
        }


def decide_jointly(
    requests: Sequence[Request],
    *,
    ahead: Sequence[Request] = (),
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
) -> JointDecision:
    """Return the joint decision for what is due; ``ahead`` is decided with it, and not bound.

    The order of the input does not matter. ``facts`` grows by what is to be bound.
    """
    due = sorted(requests, key=canonical_order)
    later = sorted(ahead, key=canonical_order)
    whole = put_together([*due, *later], facts=facts, policy=policy, now=now)
    seed = f"{policy.version}|{'|'.join(row.request.ref for row in whole.asked)}"
    solution = solve(whole.problem, seed=seed, seconds=SAFETY_SECONDS)
    teller = _Teller(whole, solution, facts=facts.copy(), policy=policy, now=now)
    choices = tuple(teller.choice(row) for row in whole.asked[: len(due)])
    for choice in choices:
        if choice.outcome == Outcome.ASSIGN:
            is_dr = choice.request.meeting_type == MeetingType.DR
            facts.add(
                choice.request,
                person_ids=choice.chosen,
                is_dr=is_dr,
                eligible=choice.eligible,
            )
    return JointDecision(choices=choices, solution=solution, together=len(whole.asked))


class _Teller:
    """Tells for each booking what was decided and why, with a verdict on everybody."""

    def __init__(
        self,
        whole: Together,
        solution: Solution,
        *,
        facts: Facts,
        policy: PolicyValues,
        now: dt.datetime,
    ) -> None:
        self.whole, self.facts, self.policy, self.now = whole, facts, policy, now
        self.board = Board(whole.problem)
        self.board.load(solution.owner)
        self.refs = {row.request.id: row.request.ref for row in whole.asked}
        for row in whole.asked:
            self._count(row, [whole.people[who].id for who in self._owners(row)])

    def choice(self, row: Asked) -> Choice:
        """Return the choice for one booking; what found nobody is asked once more by itself."""
        owners = self._owners(row)
        if owners:
            return self._covered(row, owners)
        alone = choose(
            row.request, facts=self.facts, policy=self.policy, now=self.now, listed=row.shortlist
        )
        if alone.outcome == Outcome.ASSIGN:
            self._count(row, alone.chosen)
        return alone

    def _covered(self, row: Asked, owners: list[int]) -> Choice:
        places = self._places(row, owners)
        chosen = {self.whole.people[who].id for who in owners}
        listed = {place.person_id for place in places}
        others = [person for person in row.draft.passed if person.id not in listed]
        rejected = (*row.rejected, *((person, self._why_not(person, row)) for person in others))
        count = len(owners)
        missing = row.request.needed - count
        return Choice(
            request=row.request,
            outcome=Outcome.ASSIGN,
            chosen=tuple(place.person_id for place in places if place.person_id in chosen),
            reason_code=Reason.TOO_FEW if missing else "",
            reason_text=f"{count} of {row.request.needed} can." if missing else "",
            shortlist=row.shortlist,
            rejected=rejected,
            ranked=(),
            urgency=row.draft.urgency(now=self.now),
            gap=None,
            dr=row.draft.dr,
            dr_overridden=row.draft.dr_overridden,
            tie_break=_tie_break(places, count=count),
            joint=JointView(
                places=places,
                minutes=self.whole.problem.tasks[row.tasks[0]].minutes,
                together=len(self.whole.asked),
            ),
        )

    def _places(self, row: Asked, owners: list[int]) -> tuple[JointPlace, ...]:
        """Return who has the booking or could have it in the place of one who has, best first."""
        pinned = set(row.request.pinned)
        open_tasks = [task for task in row.tasks if self.board.owner[task] != NOBODY]
        able = dict.fromkeys(owners)
        for task in open_tasks:
            able |= dict.fromkeys(ranking(self.board, task))
        problem = self.whole.problem
        places = [
            JointPlace(
                person_id=self.whole.people[who].id,
                above=self.board.deviation[who]
                - (problem.tasks[row.tasks[0]].minutes if who in owners else 0),
                points=problem.gain(row.tasks[0], who),
                idle=problem.idle_of(who),
                hash=problem.tie(row.tasks[0], who),
            )
            for who in able
        ]
        return tuple(sorted(places, key=lambda place: joint_order(place, pinned=pinned)))

    def _why_not(self, person: Person, row: Asked) -> Rejection:
        """Return what the plan has for a person so that this booking is impossible."""
        request = row.request
        found, _ = momentary_rejection(
            person, request, facts=self.facts, soft=self.policy.soft_rules
        )
        if found and found.rule not in ("overlap", "buffer"):
            return found
        clashes = self.board.clashes(row.tasks[0], self.whole.index[person.id])
        if not clashes:
            return found or Rejection(rule="pinned")
        other = self.whole.asked[self.whole.problem.tasks[clashes[0]].unit].request
        if clashes[0] in self.whole.problem.apart.get(row.tasks[0], ()):
            return Rejection(rule=DR_RULE, values=(other.ref,))
        times = (f"{other.starts_at:%H:%M}", f"{other.ends_at:%H:%M}")
        return Rejection(rule=PLANNED_RULE, values=(other.ref, *times))

    def _owners(self, row: Asked) -> list[int]:
        owners = [self.board.owner[task] for task in row.tasks]
        return [who for who in owners if who != NOBODY]

    def _count(self, row: Asked, person_ids: Sequence[int]) -> None:
        if person_ids:
            is_dr = row.request.meeting_type == MeetingType.DR
            self.facts.add(row.request, person_ids=person_ids, is_dr=is_dr, eligible=row.eligible)


def joint_order(place: JointPlace, *, pinned: set[int]) -> tuple[bool, int, int, int, str]:
    """Sort key: pinned, lowest against the share, points, longest idle, stable hash."""
    return (
        place.person_id not in pinned,
        place.above,
        -place.points,
        -place.idle,
        place.hash,
    )


def _tie_break(places: Sequence[JointPlace], *, count: int) -> tuple[str, float | str] | None:
    """Return which figure separated the last chosen from the first not chosen, and its value."""
    if count >= len(places):
        return None
    last, following = places[count - 1], places[count]
    if last.above != following.above:
        return ("share", round(last.above / 60, 4))
    if last.points != following.points:
        return ("points", last.points / POINTS)
    if last.idle != following.idle:
        return ("idle_days", round(last.idle / DAY_MINUTES, 2))
    return ("hash", last.hash)
