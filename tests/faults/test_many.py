"""Many processes at once: one run, one winner, one effect, also after a long sleep."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import time
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Booking, Decision, Operation
from pooling.models import Run
from pooling.processing import process_entries
from pooling.sweep import sweep
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults.forks import BINDING, Execute, fork, wait_for
from tests.faults.service import make_service, outcome, run_ids, sweep_it
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def deadlocks() -> int:
    """How many deadlocks the database has seen."""
    if connection.vendor == "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database"
            " WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[1])


def together(moment: float) -> None:
    """Wait for the instant at which all start."""
    time.sleep(max(0.0, moment - time.time()))


def test_fifty_deliveries_of_one_slot_are_one_run() -> None:
    make_service()
    sweep_it()
    alone = outcome()
    make_service()
    start = time.time() + 2

    def deliver() -> None:
        together(start)
        sweep_it()

    assert wait_for([fork(deliver) for _ in range(50)]) == [0] * 50

    assert len(run_ids()) == Operation.objects.count() == 1
    assert outcome() == alone
    assert (Assignment.objects.count(), Decision.objects.count()) == (10, 11)
    assert AuditEvent.objects.filter(action="run_finish").count() == 1
    assert_sound(from_the_start=True)


def test_sixteen_processes_want_one_person_at_one_time() -> None:
    InterpreterFactory.create(ref="A")
    rows = ReadyFactory.create_batch(16)
    before, start = deadlocks(), time.time() + 2

    def take(booking: Booking) -> None:
        together(start)
        key = f"take {booking.ref}"
        process_entries([booking.pk], now=NOW, actor=COMMAND, key=key, reason="Now.")

    assert wait_for([fork(partial(take, row)) for row in rows]) == [0] * 16

    assert Assignment.objects.count() == 1
    codes = Booking.objects.filter(state="waiting").values_list("escalation_code", flat=True)
    assert list(codes) == ["nobody_available"] * 15
    assert Booking.objects.filter(state="approved").count() == 1
    assert deadlocks() == before
    assert_sound()


def test_sixteen_processes_with_batches_that_share_their_people_do_not_deadlock() -> None:
    InterpreterFactory.create_batch(6)
    rows = [
        ReadyFactory.create(
            interpreters_needed=3, starts_at=after(days=1 + number // 4, hours=number % 4)
        )
        for number in range(32)
    ]
    before, start = deadlocks(), time.time() + 2

    def take(number: int) -> None:
        together(start)
        ids = [rows[number].pk, rows[31 - number].pk]
        process_entries(ids, now=NOW, actor=COMMAND, key=f"{number}", reason="Now.")

    assert wait_for([fork(partial(take, n)) for n in range(16)]) == [0] * 16

    assert Booking.objects.filter(state="approved").count() == 32
    assert deadlocks() == before
    assert_sound()


CLAIM = re.compile('pool_fence"? = ')
"""What only the statement of a claim holds, on either database."""


class Sleeper:
    """Stops this process once, right after its first claim is committed."""

    def __init__(self) -> None:
        self.claimed = self.slept = False

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Fall asleep before the first statement outside the transaction of the claim."""
        if self.claimed and not self.slept and not connection.in_atomic_block:
            self.slept = True
            os.kill(os.getpid(), signal.SIGSTOP)
        self.claimed = self.claimed or bool(CLAIM.search(sql))
        return execute(sql, params, many, context)


def asleep(number: int, request: pytest.FixtureRequest) -> int:
    """The child, once it has stopped; it is killed at the end should it still live."""

    def end() -> None:
        with suppress(ChildProcessError):
            if os.waitpid(number, os.WNOHANG) == (0, 0):
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)

    request.addfinalizer(end)
    assert os.WIFSTOPPED(os.waitpid(number, os.WUNTRACED)[1])
    return number


def test_a_worker_that_slept_past_its_lease_has_no_effect(
    settings: LazySettings, request: pytest.FixtureRequest
) -> None:
    settings.POOL_LEASE_SECONDS = 1
    make_service()
    sweep_it()
    alone = outcome()
    make_service()

    def oversleep() -> None:
        with connection.execute_wrapper(Sleeper()):
            sweep_it()

    sleeper = asleep(fork(oversleep), request)
    assert Booking.objects.filter(pool_status="processing").count() == 11
    connection.close()

    time.sleep(1.2)
    run = sweep_it()
    assert outcome() == alone
    events = AuditEvent.objects.count()
    connection.close()
    os.kill(sleeper, signal.SIGCONT)

    assert wait_for([sleeper]) == [0]
    assert run_ids() == [run]
    assert (outcome(), AuditEvent.objects.count()) == (alone, events)
    assert (Assignment.objects.count(), Decision.objects.count()) == (10, 11)
    assert_sound(from_the_start=True)


def test_a_sleeper_is_not_rescued_before_its_lease_ends(
    settings: LazySettings, request: pytest.FixtureRequest
) -> None:
    settings.POOL_LEASE_SECONDS = 60
    InterpreterFactory.create()
    ReadyFactory.create()

    def oversleep() -> None:
        with connection.execute_wrapper(Sleeper()):
            sweep(now=NOW, slot="asleep", actor=COMMAND)

    sleeper = asleep(fork(oversleep), request)
    report = sweep(now=NOW + dt.timedelta(days=30), slot="another", actor=COMMAND)
    assert report.entries == ()
    connection.close()
    os.kill(sleeper, signal.SIGCONT)

    assert wait_for([sleeper]) == [0]
    assert Booking.objects.get().state == "approved"
    assert Run.objects.filter(state="done").count() == 2
    assert_sound()


def test_an_entry_that_kills_every_worker_becomes_a_dead_letter() -> None:
    InterpreterFactory.create_batch(2)
    bad = ReadyFactory.create(pk=9001, ref="bad")
    ReadyFactory.create_batch(5, starts_at=after(days=2))

    def poison(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if BINDING in sql and str(bad.pk) in repr(params):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def work() -> None:
        with connection.execute_wrapper(poison):
            sweep(now=NOW, slot="poisoned", actor=COMMAND)

    codes = [wait_for([fork(work)])[0] for _ in range(7)]

    assert codes == [-signal.SIGKILL] * 6 + [0]
    found = Booking.objects.get(pk=bad.pk)
    assert (found.pool_status, found.pool_processing_attempts) == ("failed", 6)
    event = AuditEvent.objects.get(object_ref="bad", to_state="failed")
    assert (event.action, event.reason_code) == ("fail", "worker_lost")
    assert Booking.objects.filter(pool_status__isnull=True).exclude(pk=bad.pk).count() == 5
    assert Run.objects.values("assigned", "escalated", "failed", "pooled").get() == {
        "assigned": 2,
        "escalated": 3,
        "failed": 1,
        "pooled": 0,
    }
    assert_sound()
