"""One sweep shared by 1, 2 and 4 processes on one PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from django.db import connection

from assignment.audit import COMMAND
from assignment.enums import PoolStatus
from assignment.models import Assignment, Booking
from pooling.sweep import sweep
from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import NOW, add_people, write_due
from tests.benchmarks.measuring import NotTheSameError, begin_together
from tests.benchmarks.options import Options
from tests.benchmarks.table import Row, limit_row

DUE, PEOPLE = 10_000, 100
WORKERS = (1, 2, 4)
LOOK_SECONDS = 0.02
WAITING = """
SELECT max(extract(epoch FROM clock_timestamp() - query_start)) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Seconds from the first start to the last end, bookings by worker, longest wait for a lock."""

    seconds: float
    bound: tuple[int, ...]
    waited: float
    result: list[tuple[str, str]]


def measure(options: Options) -> Iterator[Row]:
    """Yield time, shares and waits of each number of workers; all must bind the same."""
    add_people(PEOPLE)
    due = options.size(DUE, least=800)
    found = {count: _shared(count, due=due) for count in WORKERS}
    first = found[WORKERS[0]]
    for count, one in found.items():
        if one.result != first.result:
            raise NotTheSameError(f"{count} workers bound otherwise than one")
        idle = sum(part == 0 for part in one.bound)
        yield Row(
            what=f"sweep of {due:,} by {count} workers, time of one worker",
            ours=1000 * one.seconds / due,
            reference=1000 * first.seconds / due,
            ratio=one.seconds / first.seconds,
            target="all bind",
            holds=not idle,
            note=f"the same result as one worker; bound by each: {', '.join(map(str, one.bound))}",
        )
        what = f"sweep of {due:,} by {count} workers: longest wait for a lock"
        yield limit_row(what, one.waited, at_most=1, unit="s")


def _shared(count: int, *, due: int) -> Shared:
    write_due(due)
    watch = _Watch()
    watch.start()
    context = get_context("spawn")
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=begin_together, initargs=(context.Barrier(count),)
    ) as pool:
        parts = list(pool.map(_work, [f"{count} workers"] * count))
    waited = watch.stop()
    if Booking.objects.filter(pool_status__isnull=False).exclude(pool_status=PoolStatus.FAILED):
        raise NotTheSameError("the sweep has left entries in the pool")
    result = Assignment.objects.order_by("booking__ref").values_list(
        "booking__ref", "interpreter__ref"
    )
    return Shared(
        seconds=max(ended for _, ended, _ in parts) - min(began for began, _, _ in parts),
        bound=tuple(bound for _, _, bound in parts),
        waited=waited,
        result=list(result),
    )


def _work(slot: str) -> tuple[float, float, int]:
    """Join the sweep of the slot; return when it began and ended, and how many chunks it bound."""
    bound, began = 0, time.time()

    def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        nonlocal bound
        bound += sql.startswith('COPY "assignment_assignment"')
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        sweep(now=NOW, slot=slot, actor=COMMAND)
    return began, time.time(), bound


class _Watch(threading.Thread):
    """Looks again and again for the longest wait for a lock."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bare, self.ended, self.longest = Bare(), threading.Event(), 0.0

    def run(self) -> None:
        while not self.ended.wait(LOOK_SECONDS):
            ((waited,),) = self.bare.rows(WAITING)
            self.longest = max(self.longest, float(waited or 0))

    def stop(self) -> float:
        """Stop looking and return the longest wait in seconds."""
        self.ended.set()
        self.join()
        self.bare.close()
        return self.longest
