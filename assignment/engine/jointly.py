"""Decides many bookings together: the joint decision of BALANCE. Pure: writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assignment.engine.facts import Facts
from assignment.engine.joint import Solution, solve
from assignment.engine.joint.board import NOBODY, Board
from assignment.engine.joint.timeline import Timeline
from assignment.engine.joint_view import JointView
from assignment.engine.pipeline import (
    Choice,
    choose,
    momentary_rejection,
)
from assignment.engine.request import Person, Request, canonical_order, clock
from assignment.engine.rules import DR_RULE, PLANNED_RULE, Rejection
from assignment.engine.scoring import stable_hash
from assignment.engine.together import DAY_MINUTES, POINTS, Asked, Together, put_together
from assignment.enums import Outcome, Reason
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
            facts.add(
                choice.request,
                person_ids=choice.chosen,
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
        self.timeline = Timeline(self.board)
        self.planned: dict[int, tuple[Person, Rejection]] = {}
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
        clashes = self.timeline.clashes(row.tasks[0])
        view = self._view(row, owners, clashes=clashes)
        out = self._out(row, listed=set(view.people), clashes=clashes)
        chosen = {self.whole.people[who].id for who in owners}
        count = len(owners)
        missing = row.request.needed - count
        return Choice(
            request=row.request,
            outcome=Outcome.ASSIGN,
            chosen=tuple(person_id for person_id in view.people if person_id in chosen),
            reason_code=Reason.TOO_FEW if missing else "",
            reason_text=f"{count} of {row.request.needed} can." if missing else "",
            shortlist=row.shortlist,
            rejected=(*row.rejected, *out),
            ranked=(),
            urgency=row.draft.urgency(now=self.now),
            gap=None,
            dr=row.draft.dr,
            dr_overridden=row.draft.dr_overridden,
            tie_break=self._tie_break(view, count=count),
            joint=view,
        )

    def _view(self, row: Asked, owners: list[int], *, clashes: Mapping[int, int]) -> JointView:
        """Return who has the booking or could have it in the place of one who has, best first:
        pinned people, then lowest against the share, points, longest idle, stable hash.
        """
        problem, people, task = self.whole.problem, self.whole.people, row.tasks[0]
        deviation, idle = self.board.deviation, problem.idle
        gains = problem.gains.get(task, {})
        own, ref = problem.tasks[task].minutes, row.request.ref
        rows = [
            (
                deviation[who] - (own if who in owners else 0),
                -gains.get(who, 0),
                -idle[who],
                stable_hash(ref, people[who].ref),
                people[who].id,
            )
            for who in (*dict.fromkeys(owners), *self._able(row, clashes=clashes))
        ]
        rows.sort()
        if pinned := row.request.pinned:
            rows.sort(key=lambda figures: figures[-1] not in pinned)
        above, points, idles, _, ids = zip(*rows, strict=True)
        return JointView(
            booking=ref,
            people=ids,
            above=above,
            points=tuple(-value for value in points),
            idle=tuple(-value for value in idles),
            minutes=own,
            together=len(self.whole.asked),
        )

    def _able(self, row: Asked, *, clashes: Mapping[int, int]) -> Iterable[int]:
        """Return who could have a place of the booking beside what the plan gives them.

        Who has one clashes with it. The places differ in nothing but who can have them.
        """
        tasks, caps = self.whole.problem.tasks, self.whole.problem.caps_of
        able = dict.fromkeys(
            who
            for task in row.tasks
            if self.board.owner[task] != NOBODY
            for who in tasks[task].people
            if who not in clashes
        )
        if not caps:
            return able
        task, rows = row.tasks[0], self.board.rows
        return [who for who in able if not self.board.exceeds_cap(who, (*rows[who], task))]

    def _out(
        self, row: Asked, *, listed: set[int], clashes: Mapping[int, int]
    ) -> Iterator[tuple[Person, Rejection]]:
        """Yield who passed the rules and has no place, with what the plan has for them."""
        index, planned = self.whole.index, self.planned
        doubtful = self._doubtful(row.tasks[0], clashes)
        for person in row.draft.passed:
            if person.id in listed:
                continue
            clash = clashes.get(index[person.id])
            if clash is None or clash in doubtful:
                yield person, self._why_not(person, row, clash=clash)
            else:
                yield planned.get(clash) or self._plan(person, clash)

    def _doubtful(self, task: int, clashes: Mapping[int, int]) -> Collection[int]:
        """Return those of the clashes before which another rule could come: what must stay apart
        though it is not at that time, and what lies too close only by its own margin.
        """
        problem = self.whole.problem
        asked, apart = problem.tasks[task], problem.apart.get(task, frozenset())
        if asked.margin == problem.margin:
            return apart
        start, end = asked.start - asked.margin, asked.end + asked.margin
        others = ((other, problem.tasks[other]) for other in clashes.values())
        return apart.union(
            other for other, found in others if found.end <= start or found.start >= end
        )

    def _why_not(self, person: Person, row: Asked, *, clash: int | None) -> Rejection:
        """Return what stands against a person whom no work at that time keeps from it."""
        found, _ = momentary_rejection(
            person, row.request, facts=self.facts, soft=self.policy.soft_rules
        )
        if found and found.rule not in ("overlap", "buffer"):
            return found
        if clash is None:
            return found or Rejection(rule="pinned")
        if clash in self.whole.problem.apart.get(row.tasks[0], ()):
            other = self.whole.asked[self.whole.problem.tasks[clash].unit].request
            return Rejection(rule=DR_RULE, values=(other.ref,))
        return self._plan(person, clash)[1]

    def _plan(self, person: Person, task: int) -> tuple[Person, Rejection]:
        """Return the verdict on who has this task, shared by all bookings at that time."""
        other = self.whole.asked[self.whole.problem.tasks[task].unit].request
        times = (clock(other.starts_at), clock(other.ends_at))
        found = (person, Rejection(rule=PLANNED_RULE, values=(other.ref, *times)))
        self.planned[task] = found
        return found

    def _tie_break(self, view: JointView, *, count: int) -> tuple[str, float | str] | None:
        """Return what separated the last chosen from the first not chosen, and its value."""
        if count >= len(view.people):
            return None
        last, following = count - 1, count
        if view.above[last] != view.above[following]:
            return ("share", round(view.above[last] / 60, 4))
        if view.points[last] != view.points[following]:
            return ("points", view.points[last] / POINTS)
        if view.idle[last] != view.idle[following]:
            return ("idle_days", round(view.idle[last] / DAY_MINUTES, 2))
        return ("hash", stable_hash(view.booking, self.facts.by_id[view.people[last]].ref))

    def _owners(self, row: Asked) -> list[int]:
        owners = [self.board.owner[task] for task in row.tasks]
        return [who for who in owners if who != NOBODY]

    def _count(self, row: Asked, person_ids: Sequence[int]) -> None:
        if person_ids:
            self.facts.add(row.request, person_ids=person_ids, eligible=row.eligible)
