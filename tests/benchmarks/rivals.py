"""What a user could pick instead for the joint decision: CP-SAT, HiGHS, least hours first.

Each gets the same tasks, must cover all of them, and may use both processors.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import highspy
import numpy as np
from ortools.sat.python import cp_model

from assignment.engine.joint import Problem
from tests.benchmarks.bounds import moments, pairs_of
from tests.benchmarks.measuring import alone
from tests.benchmarks.pools import Rows, problem_of, rows_of

MOST_MEMORY = 8 * 1024**3
RANGE = 40
"""Steps above the mean up to which the squares of HiGHS are exact; beyond, a straight line."""


def least_hours_first(problem: Problem) -> list[int]:
    """Give each task, in order of start, to the able and free person with the fewest minutes."""
    minutes = list(problem.offsets)
    spans: list[list[tuple[int, int]]] = [[] for _ in minutes]
    owner = [-1] * len(problem.tasks)
    for index in sorted(range(len(owner)), key=lambda row: problem.tasks[row].start):
        task = problem.tasks[index]
        free = [
            who
            for who in task.people
            if all(end <= task.start or start >= task.end for start, end in spans[who])
        ]
        if free:
            who = min(free, key=lambda row: (minutes[row], row))
            owner[index] = who
            minutes[who] += task.end - task.start
            spans[who].append((task.start, task.end))
    return owner


def rival(name: str, problem: Problem, *, seconds: float) -> tuple[list[int], bool, float] | None:
    """Return the answer of ``cp_sat`` or ``highs``, whether it is proven, and the MB it took.

    None: no solution in the time and in 8 GB.
    """
    try:
        (owner, proven), memory = alone(_SOLVERS[name], *rows_of(problem), seconds)
    except (BrokenProcessPool, MemoryError):
        return None
    return (owner, proven, memory) if owner else None


def _cp_sat(rows: Rows, offsets: Sequence[int], seconds: float) -> tuple[list[int], bool]:
    _limit_memory()
    problem = problem_of(rows, offsets)
    pairs = pairs_of(problem)
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in pairs.task]
    for places in _by_task(problem, pairs.task):
        model.add_exactly_one(taken[place] for place in places)
    for places in moments(problem, pairs):
        model.add_at_most_one(taken[place] for place in places)
    squares = []
    for offset, places in zip(problem.offsets, pairs.of_person, strict=True):
        steps = [pairs.steps[pairs.task[place]] for place in places]
        most = offset + pairs.step * sum(steps)
        level = model.new_int_var(min(offset, 0), max(most, 0), "")
        model.add(
            level
            == offset
            + sum(
                pairs.step * step * taken[place] for step, place in zip(steps, places, strict=True)
            )
        )
        square = model.new_int_var(0, max(most, offset, -offset) ** 2, "")
        model.add_multiplication_equality(square, [level, level])
        squares.append(square)
    model.minimize(sum(squares))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = os.cpu_count() or 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [], False
    values = [solver.boolean_value(variable) for variable in taken]
    return _owner(problem, pairs.task, pairs.person, values), status == cp_model.OPTIMAL


def _highs(rows: Rows, offsets: Sequence[int], seconds: float) -> tuple[list[int], bool]:
    _limit_memory()
    problem = problem_of(rows, offsets)
    pairs = pairs_of(problem)
    count, people = len(pairs.task), len(problem.offsets)
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    upper = np.array([1.0] * count + [highspy.kHighsInf] * (2 * people))
    solver.addVars(len(upper), np.zeros(len(upper)), upper)
    kinds = np.array([highspy.HighsVarType.kInteger] * count)
    solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
    costs: Any = np.arange(count + people, count + 2 * people, dtype=np.int32)
    solver.changeColsCost(people, costs, np.ones(people))

    def row(low: float, high: float, columns: Sequence[int], values: Sequence[float]) -> None:
        indices = np.array(columns, dtype=np.int32)
        solver.addRow(low, high, len(columns), indices, np.array(values))

    for places in _by_task(problem, pairs.task):
        row(1, 1, places, [1.0] * len(places))
    for places in moments(problem, pairs):
        row(0, 1, places, [1.0] * len(places))
    mean = (sum(problem.offsets) + pairs.step * sum(pairs.steps)) // people
    for who, (offset, places) in enumerate(zip(problem.offsets, pairs.of_person, strict=True)):
        steps = [float(pairs.steps[pairs.task[place]]) for place in places]
        row(0, 0, [*places, count + who], [*steps, -1.0])
        start = offset / pairs.step
        for low in range(max(0, (mean - offset) // pairs.step + RANGE)):
            slope = 2 * (start + low) + 1
            least = (start + low) ** 2 - slope * low
            row(least, highspy.kHighsInf, (count + people + who, count + who), (1.0, -slope))
    solver.run()
    values = [value > 0.5 for value in solver.getSolution().col_value[:count]]
    if not any(values):
        return [], False
    proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return _owner(problem, pairs.task, pairs.person, values), proven


_SOLVERS = {"cp_sat": _cp_sat, "highs": _highs}


def _by_task(problem: Problem, tasks: Sequence[int]) -> list[list[int]]:
    """Return the places of the pairs of each task."""
    found: list[list[int]] = [[] for _ in problem.tasks]
    for place, task in enumerate(tasks):
        found[task].append(place)
    return found


def _owner(
    problem: Problem, tasks: Sequence[int], people: Sequence[int], taken: Sequence[bool]
) -> list[int]:
    owner = [-1] * len(problem.tasks)
    for task, who, yes in zip(tasks, people, taken, strict=True):
        if yes:
            owner[task] = who
    return owner


def _limit_memory() -> None:
    """Let this process die alone rather than take the machine with it."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
