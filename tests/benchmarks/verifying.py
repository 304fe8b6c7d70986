"""Judges answers to an instance from its tasks alone; shares no code with the engine."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from assignment.engine.joint import Problem


class WrongAnswerError(Exception):
    """An answer breaks a rule of the instance, or a bound is above what was reached."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How much an answer covers and its sum of squared minutes."""

    left_out: int
    squares: int


def judge(problem: Problem, owner: Sequence[int]) -> Judged:
    """Return how good the answer is (owner by task, below 0: nobody); refuses a wrong one."""
    if len(owner) != len(problem.tasks):
        raise WrongAnswerError("a task has no answer")
    minutes = list(problem.offsets)
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for task, who in zip(problem.tasks, owner, strict=True):
        if who < 0:
            continue
        if who not in task.people:
            raise WrongAnswerError(f"{who} cannot do a task from {task.start}")
        spans[who].append((task.start, task.end))
        minutes[who] += task.end - task.start
    for who, rows in spans.items():
        rows.sort()
        for (_, end), (start, _) in itertools.pairwise(rows):
            if start < end:
                raise WrongAnswerError(f"{who} is twice at work at {start}")
    return Judged(
        left_out=sum(who < 0 for who in owner), squares=sum(value * value for value in minutes)
    )


def require_bounds(bounds: Sequence[int], answers: Sequence[Judged]) -> None:
    """Refuse a bound that an answer which covers everything has undercut."""
    reached = [answer.squares for answer in answers if not answer.left_out]
    if reached and max(bounds) > min(reached):
        raise WrongAnswerError(f"a bound of {max(bounds)} was undercut by {min(reached)}")
