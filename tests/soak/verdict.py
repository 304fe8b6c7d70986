"""Afterwards: does it recover by itself, is it sound, is everything acknowledged there?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Count
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Booking, Leave, Operation, Policy
from pooling import pool
from pooling.models import Run
from pooling.tick import tick
from tests.invariants import assert_sound
from tests.soak.history import Line, read_all

RECOVERY_SECONDS = 120
RUN_COLUMNS = ("pk", "state", "operation__key")


def recover() -> float:
    """Tick until nothing due, held or unfinished is left; return the seconds it took."""
    began = time.monotonic()
    while True:
        tick(now=timezone.now(), actor=COMMAND)
        if not left_over():
            return time.monotonic() - began
        assert time.monotonic() - began < RECOVERY_SECONDS, left_over()
        time.sleep(1)


def left_over() -> dict[str, int]:
    """What still waits for somebody to do it; empty when all is done."""
    balance = Policy.objects.order_by("-version")[0].mode == "BALANCE"
    found = {
        "processing": Booking.objects.filter(pool_status="processing").count(),
        "due": 0 if balance else pool.takeable(now=timezone.now()).count(),
        "ungated": pool.ungated().count(),
        "open runs": Run.objects.exclude(state=Run.State.DONE).count(),
    }
    return {name: count for name, count in found.items() if count}


def judge(folder: Path) -> Counter[str]:
    """Fail with every sentence about what is wrong; return how the deeds ended."""
    assert_sound()
    wrong = [*missing(folder), *twice()]
    assert not wrong, "\n".join(wrong)
    return Counter(line["is"] for line in read_all(folder))


def missing(folder: Path) -> Iterator[str]:
    """Everything that was acknowledged and is not there, and what broke."""
    there = There()
    for line in read_all(folder):
        if line["is"] == "broken":
            yield f"{line['deed']} raised {line['error']}: {line['text']}"
        if line["is"] == "ok":
            yield from there.lacks(line)


class There:
    """What the database holds, read once."""

    def __init__(self) -> None:
        self.states = dict(Booking.objects.values_list("ref", "state"))
        self.runs = {pk: (state, key) for pk, state, key in Run.objects.values_list(*RUN_COLUMNS)}
        self.leaves = set(Leave.objects.values_list("reason", flat=True))
        self.versions = set(Policy.objects.values_list("version", flat=True))

    def lacks(self, line: Line) -> Iterator[str]:
        """What one acknowledged deed promised, and is not so."""
        yield from (f"{ref} is lost" for ref in line.get("refs", ()) if ref not in self.states)
        for ref in line.get("cancelled", ()):
            if self.states.get(ref) != "cancelled":
                yield f"{ref} was cancelled and is {self.states.get(ref)}"
        for run in line.get("runs", ()):
            state, key = self.runs.get(run, ("lost", ""))
            if state != Run.State.DONE or line.get("key", key) != key:
                yield f"run {run} was acknowledged for {line.get('key')}, it is {state} for {key}"
        if line.get("leave", "") not in self.leaves | {""}:
            yield f"leave {line['leave']} is lost"
        if line.get("version", 1) not in self.versions:
            yield f"policy version {line['version']} is lost"


def twice() -> Iterator[str]:
    """Keys with more than one operation or run."""
    keys = Operation.objects.order_by().values("key").annotate(runs=Count("run"), all=Count("pk"))
    for row in keys:
        if row["all"] > 1 or row["runs"] > 1:
            yield f"{row['key']} was done {row['all']} times"
