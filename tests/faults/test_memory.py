"""An entry that eats all memory of its worker: it fails in the end, and its neighbours are done."""

from __future__ import annotations

import resource
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling.sweep import sweep
from tests.factories.bookings import ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults.forks import Execute, fork, wait_for
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)
ROOM = 64 * 1024 * 1024
"""Bytes beyond what the worker has when it begins."""
APPETITE = 1024 * 1024 * 1024


def limit_memory() -> None:
    """Let this process have a little more memory than now, as ``prlimit --as`` does."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Glutton:
    """Takes a gigabyte whenever the entry is being bound; ``dies``: as under a kernel's killer."""

    def __init__(self, key: int, *, dies: bool) -> None:
        self.key, self.dies = key, dies

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        result = execute(sql, params, many, context)
        if '"assignment_assignment" (' in sql and str(self.key) in repr(params):
            try:
                bytearray(APPETITE)
            except MemoryError:
                if self.dies:
                    signal.raise_signal(signal.SIGKILL)
                raise
        return result


@pytest.mark.parametrize(
    ("dies", "codes", "reason"),
    [(False, [0] * 6, "errors"), (True, [-signal.SIGKILL] * 6 + [0], "worker_lost")],
    ids=["error", "killed"],
)
def test_an_entry_that_eats_all_memory_fails_and_its_neighbours_are_done(
    dies: bool, codes: list[int], reason: str
) -> None:
    """Five claims with the others, one alone; who was killed is found dead by the next."""
    InterpreterFactory.create_batch(2)
    bad = ReadyFactory.create(pk=9001, ref="bad", starts_at=after(days=3))
    ReadyFactory.create_batch(2, starts_at=after(days=2))

    def work(hour: int) -> None:
        limit_memory()
        with connection.execute_wrapper(Glutton(bad.pk, dies=dies)):
            sweep(now=after(hours=hour), slot=f"{hour}", actor=COMMAND)

    ended = [wait_for([fork(partial(work, hour))])[0] for hour in range(len(codes))]

    assert ended == codes
    bad.refresh_from_db()
    assert (bad.pool_status, bad.pool_processing_attempts) == ("failed", 6)
    assert AuditEvent.objects.get(object_ref="bad", to_state="failed").reason_code == reason
    assert Booking.objects.filter(state="approved").count() == 2
    assert_sound()
