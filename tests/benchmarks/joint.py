"""The joint decision on public or generated instances: how good, how fast, how large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from assignment.engine.joint import Problem, Solution, solve
from tests.benchmarks import timefold_rival
from tests.benchmarks.bounds import flow_bound, lp_bound, share_bound
from tests.benchmarks.measuring import RUNS, alone, timed
from tests.benchmarks.options import Options
from tests.benchmarks.pools import Instance, Rows, instances, problem_of, rows_of
from tests.benchmarks.rivals import least_hours_first, rival
from tests.benchmarks.table import Row, limit_row
from tests.benchmarks.verifying import Judged, judge, require_bounds

WITHOUT_END = 10**12
LP_SECONDS = 120.0
SMALL, LARGE, LARGEST_LP = 300, 1_000, 2_000
CP_SAT, HIGHS, TIMEFOLD, GREEDY = "CP-SAT", "HiGHS MIP", "Timefold", "least hours first"
RIVALS = {"cp_sat": CP_SAT, "highs": HIGHS}


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best of a rival's answer, if it had one; ``proven``: nothing is better."""

    name: str
    judged: Judged | None
    proven: bool = False
    memory: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Our answers of several seeds within a budget: medians, and all of them."""

    judged: tuple[Judged, ...]
    squares: float
    left_out: int
    seconds: float
    proven: bool
    bound: int


def measure(options: Options) -> Iterator[Row]:
    """Yield the rows of every instance."""
    for instance in instances(options):
        yield from _one(instance, options=options)
    if not timefold_rival.can_run():
        yield Row(what=f"{TIMEFOLD}, {options.seconds:g} s", note="not measured: javac is missing")


def _one(instance: Instance, *, options: Options) -> Iterator[Row]:
    problem, budgets = (
        instance.problem,
        (1.0, 10.0) if instance.tasks <= LARGEST_LP else (3.0, 10.0),
    )
    parts = (options.seconds / 60, options.seconds / 10)
    ours = {seconds: _ours(problem, seconds) for seconds in {*budgets, *parts}}
    rivals = list(_rivals(instance, seconds=options.seconds))
    bound = _bound(instance)
    answers = [row for one in ours.values() for row in one.judged]
    answers += [row.judged for row in rivals if row.judged]
    require_bounds([bound, *(one.bound for one in ours.values() if not one.left_out)], answers)
    yield from _gaps(instance, ours, budgets=budgets, bound=bound, rivals=rivals)
    for row in rivals:
        part = parts[1] if row.name == TIMEFOLD else parts[0]
        yield _against(instance, ours[part], row, ours_took=part, options=options)
    yield _left_out(instance, ours[budgets[0]], rivals=rivals)
    if instance.tasks > LARGEST_LP:
        _, memory = alone(_solved_rows, *rows_of(problem))
        yield limit_row(f"{instance.name}: memory, 3 s", memory, at_most=250, unit="MB")


def _bound(instance: Instance) -> int:
    """Return the LP bound; of large ones the better of filling up the shares and minutes that flow.

    On a large instance filling up the shares can stay below what is possible by more than the
    target allows: it takes everybody to be able to do everything.
    """
    if instance.tasks <= LARGEST_LP:
        return lp_bound(instance.problem, seconds=LP_SECONDS)
    flow = flow_bound(instance.problem, seconds=LP_SECONDS)
    return max(share_bound(instance.problem), flow)


def _ours(problem: Problem, seconds: float) -> Ours:
    seeds = range(RUNS if seconds <= 3 else 1)
    found = [timed(partial(_solved, problem, seconds, str(seed))) for seed in seeds]
    judged = tuple(judge(problem, solution.owner) for solution, _ in found)
    return Ours(
        judged=judged,
        squares=median(row.squares for row in judged),
        left_out=max(row.left_out for row in judged),
        seconds=median(taken for _, taken in found),
        proven=all(solution.proven for solution, _ in found),
        bound=max(solution.bound for solution, _ in found),
    )


def _solved(problem: Problem, seconds: float, seed: str) -> Solution:
    return solve(problem, seed=seed, steps=WITHOUT_END, seconds=seconds)


def _solved_rows(rows: Rows, offsets: Sequence[int]) -> tuple[int, ...]:
    return _solved(problem_of(rows, offsets), 3.0, "memory").owner


def _rivals(instance: Instance, *, seconds: float) -> Iterator[Best]:
    greedy = judge(instance.problem, least_hours_first(instance.problem))
    yield Best(name=GREEDY, judged=greedy)
    for key, name in RIVALS.items():
        if key == "highs" and instance.tasks > LARGEST_LP:
            continue
        found = rival(key, instance.problem, seconds=seconds)
        if found is None:
            yield Best(name=name, judged=None)
            continue
        owner, proven, memory = found
        judged = judge(instance.problem, owner)
        yield Best(name=name, judged=judged, proven=proven, memory=memory)
    if timefold_rival.can_run():
        owner, memory = timefold_rival.solve(instance.problem, seconds=seconds)
        answer = judge(instance.problem, owner) if owner else None
        yield Best(name=TIMEFOLD, judged=answer, memory=memory)


def _gaps(
    instance: Instance,
    ours: dict[float, Ours],
    *,
    budgets: tuple[float, ...],
    bound: int,
    rivals: list[Best],
) -> Iterator[Row]:
    """Yield how far above the bound each budget ends; for small ones, above the proven best."""
    proven = [row.judged.squares for row in rivals if row.proven and row.judged]
    if instance.tasks <= SMALL:
        one = ours[budgets[0]]
        known = proven or [
            row.judged.squares for row in rivals if row.judged and not row.judged.left_out
        ]
        best = min([*known, one.squares])
        yield _gap_row(
            f"{instance.name}: above the {'optimum' if proven else 'best known'}, 1 s",
            one,
            best=best,
            at_most=0.0,
        )
        return
    name = "LP bound" if instance.tasks <= LARGEST_LP else "certified bound"
    for seconds, at_most in zip(budgets, (0.02, 0.005), strict=True):
        what = f"{instance.name}: gap to the {name}, {seconds:g} s"
        yield _gap_row(what, ours[seconds], best=bound, at_most=at_most)


def _gap_row(what: str, one: Ours, *, best: float, at_most: float) -> Row:
    row = limit_row(
        what,
        100 * (one.squares - best) / best,
        at_most=at_most,
        unit="%",
        runs=len(one.judged),
        note=f"took {one.seconds:.2f} s, left out {one.left_out}"
        + (", proven by us" if one.proven else ""),
    )
    return row if not one.left_out else Row(**{**row.__dict__, "holds": False})


def _against(
    instance: Instance, one: Ours, row: Best, *, ours_took: float, options: Options
) -> Row:
    """Return the row of our objective against a rival's, which had longer."""
    asked = row.name == TIMEFOLD or (row.name == CP_SAT and instance.tasks >= LARGE)
    told = row.judged.squares if row.judged and not row.judged.left_out else None
    better = not one.left_out and (told is None or one.squares <= told)
    time = "" if row.name == GREEDY else f" {options.seconds:g} s"
    return Row(
        what=f"{instance.name}: objective, ours {ours_took:g} s, {row.name}{time}",
        ours=one.squares,
        reference=told,
        unit="",
        ratio=one.squares / told if told else None,
        target="<= 1x" if asked else "-",
        holds=better if asked else None,
        runs=len(one.judged),
        note=_told(row),
    )


def _told(row: Best) -> str:
    if row.judged is None:
        return f"{row.name} found no solution in the time and in 8 GB"
    if row.judged.left_out:
        return f"{row.name} left out {row.judged.left_out}"
    memory = f" in {row.memory:,.0f} MB" if row.memory else ""
    return f"{row.name}{' proved it' if row.proven else ' ended'}{memory}"


def _left_out(instance: Instance, one: Ours, *, rivals: list[Best]) -> Row:
    best = min(row.judged.left_out for row in rivals if row.judged)
    return Row(
        what=f"{instance.name}: left out",
        ours=one.left_out,
        reference=best,
        unit="",
        target="<= best",
        holds=one.left_out <= best,
        runs=len(one.judged),
    )
