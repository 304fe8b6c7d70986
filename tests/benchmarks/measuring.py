"""Timing two sides of one piece of work in turns, and the memory that a call takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import django
from django.db import connection

RUNS = 5
LONG = 10.0
"""Seconds: what takes longer than this is measured once."""
SHORT = 0.1
"""Seconds: what takes less is measured ``SHORT_RUNS`` times, as chance has a larger part in it."""
SHORT_RUNS = 25


class NotTheSameError(Exception):
    """The two sides did not do the same work, so that their times say nothing."""


def nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to do the work.

    ``prepare`` goes before each run, and ``work`` tells from the result what was done; neither
    is timed.
    """

    run: Callable[[], Any]
    prepare: Callable[[], object] = nothing
    work: Callable[[Any], Any] = lambda result: result


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Median seconds of both sides over so many runs."""

    ours: float
    reference: float
    runs: int

    @property
    def ratio(self) -> float:
        """How many times as long as the reference ours takes."""
        return self.ours / self.reference


def compare(ours: Side, reference: Side, *, runs: int = RUNS) -> Pair:
    """Time both sides in turns; raises NotTheSameError when they did different work.

    The first round is not counted unless it takes longer than ten seconds: then it is the only.
    Who begins changes from round to round: whoever comes second may find what the first fetched.
    """
    rounds = [_round(ours, reference)]
    if sum(rounds[0]) <= LONG:
        times = max(runs, SHORT_RUNS) if sum(rounds[0]) <= SHORT else runs
        rounds = [_round(ours, reference, swapped=place % 2 == 1) for place in range(times)]
    return Pair(
        ours=statistics.median(first for first, _ in rounds),
        reference=statistics.median(second for _, second in rounds),
        runs=len(rounds),
    )


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result and the seconds that the call took."""
    began = time.perf_counter()
    result = call()
    return result, time.perf_counter() - began


def median_seconds(call: Callable[[], Any], *, runs: int = SHORT_RUNS) -> float:
    """Return the median seconds of a short call that changes nothing, after one not counted."""
    call()
    return statistics.median(timed(call)[1] for _ in range(runs))


def alone(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """Call it in a process of its own; return the result, and by how many MB memory rose at most.

    Give a function of a module, and arguments that can be sent to another process.
    """
    with _one_process() as pool:
        result: tuple[Any, float] = pool.submit(_watched, function, arguments).result()
        return result


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call it in a process of its own, which reads its settings anew."""
    with _one_process() as pool:
        return pool.submit(function, *arguments).result()


def begin_together(everybody_is_ready: Barrier) -> None:
    """Start a process, and wait until all have come so far: none works while another starts."""
    django.setup()
    connection.ensure_connection()
    everybody_is_ready.wait()


def _one_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=django.setup)


def _round(ours: Side, reference: Side, *, swapped: bool = False) -> tuple[float, float]:
    sides = (reference, ours) if swapped else (ours, reference)
    (mine, done), (theirs, expected) = [_once(side) for side in sides][:: -1 if swapped else 1]
    if done != expected:
        raise NotTheSameError(f"ours: {str(done)[:300]}; reference: {str(expected)[:300]}")
    return mine, theirs


def _once(side: Side) -> tuple[float, Any]:
    side.prepare()
    result, seconds = timed(side.run)
    return seconds, side.work(result)


def _watched(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, float]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now
    before = _memory("VmRSS")
    result = function(*arguments)
    return result, _memory("VmHWM") - before


def _memory(name: str) -> float:
    """Return a figure of this process in MB, as Linux counts it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"/proc/self/status has no {name}")
