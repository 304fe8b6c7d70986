"""A server that is slow, strict, crossed by foreign locks, full or reborn: one effect each."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling import holds
from pooling.holds import ClaimHoldError
from pooling.models import ClaimHold, Run
from pooling.processing import process_entries
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults.forks import Execute, fork, wait_for
from tests.faults.own import ask
from tests.faults.proxy import slowing
from tests.faults.service import make_service, outcome, run_ids, sweep_it
from tests.invariants import assert_sound
from tests.own_server import OwnServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


def test_a_slow_database_loses_no_lease_and_doubles_nothing(url: str) -> None:
    make_service()
    sweep_it()
    alone = outcome()
    make_service()

    with slowing(0.015) as proxy:
        began = time.monotonic()
        assert wait_for([fork(proxy.through(sweep_it))]) == [0]
        assert time.monotonic() - began > 2

    assert (outcome(), len(run_ids())) == (alone, 1)
    assert not AuditEvent.objects.filter(action__in=("rescue", "release", "unclaim")).exists()
    assert_sound(from_the_start=True)


class Crosser:
    """Takes the entry when the product has its people, and then asks for those people."""

    def __init__(self, url: str) -> None:
        self.url, self.holds_entry = url, threading.Event()
        self.thread: threading.Thread | None = None

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Execute; after the first lock on people, cross it."""
        result = execute(sql, params, many, context)
        if 'FROM "assignment_interpreter"' in sql and "FOR " in sql and self.thread is None:
            self.thread = threading.Thread(target=self.cross)
            self.thread.start()
            assert self.holds_entry.wait(5)
        return result

    def cross(self) -> None:
        """Lock in the order in which the product never does."""
        with psycopg.connect(self.url) as foreign:
            foreign.execute("SET deadlock_timeout = '20s'")  # the product is the victim
            foreign.execute("SELECT 1 FROM assignment_booking FOR UPDATE")
            self.holds_entry.set()
            foreign.execute("SELECT 1 FROM assignment_interpreter FOR UPDATE")


def test_a_deadlock_is_tried_again_and_charges_nobody(url: str) -> None:
    InterpreterFactory()
    ReadyFactory()
    crosser = Crosser(url)

    with connection.execute_wrapper(crosser):
        report = sweep(now=NOW, slot="s", actor=COMMAND)

    assert crosser.thread
    crosser.thread.join()
    assert report.count("assigned") == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone() == (1,)
    actions = AuditEvent.objects.filter(object_type="booking").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["claim", "assign"]
    assert_sound()


def test_serialization_failures_are_tried_again_and_charge_nobody(
    server: OwnServer, url: str
) -> None:
    InterpreterFactory.create_batch(4)
    rows = [ReadyFactory(starts_at=after(days=1, hours=number)) for number in range(48)]
    name = url.rsplit("/", 1)[1]
    connection.close()
    ask(server, f"ALTER DATABASE {name} SET default_transaction_isolation = serializable")

    def take(number: int) -> None:
        for step in range(4):
            part = [row.pk for row in rows[number * 4 + step * 12 :][:12]]
            key = f"{number}/{step}"
            process_entries(part, now=NOW, actor=COMMAND, key=key, reason="Now.")

    assert wait_for([fork(partial(take, number)) for number in range(3)]) == [0] * 3

    tick(now=NOW, actor=COMMAND)
    assert Booking.objects.filter(state="approved").count() == 48
    assert not AuditEvent.objects.filter(action__in=("release", "fail")).exists()
    assert_sound()


def test_a_reboot_in_mid_sweep_loses_nothing(server: OwnServer, url: str) -> None:
    InterpreterFactory.create_batch(4)
    for number in range(300):
        ReadyFactory(starts_at=after(days=1, hours=number))
    worker = fork(lambda: sweep(now=NOW, slot="s", actor=COMMAND))
    while not Booking.objects.filter(pool_status__isnull=True).exists():
        time.sleep(0.01)
    connection.close()
    os.kill(worker, signal.SIGKILL)
    server.stop()
    assert wait_for([worker]) == [-signal.SIGKILL]
    server.start_again()

    report = sweep(now=NOW, slot="s", actor=COMMAND)

    assert (report.count("assigned"), Run.objects.count()) == (300, 1)
    assert_sound()


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END $$
"""


def test_a_full_disk_holds_all_claims_until_there_is_space_again(url: str) -> None:
    InterpreterFactory()
    booking = ReadyFactory()
    fill(
        FULL,
        "CREATE TRIGGER full_disk BEFORE INSERT ON assignment_decision"
        " FOR EACH ROW EXECUTE FUNCTION full_disk()",
        "CREATE TRIGGER full_disk BEFORE UPDATE OF ballast ON pooling_claimhold"
        " FOR EACH ROW WHEN (NEW.ballast <> '') EXECUTE FUNCTION full_disk()",
    )

    with pytest.raises(DatabaseError):
        tick(now=NOW, actor=COMMAND)
    with pytest.raises(ClaimHoldError, match="The database could not store what was decided"):
        tick(now=NOW, actor=COMMAND)
    booking.refresh_from_db()
    assert (booking.pool_status, booking.pool_processing_attempts) == ("ready", 0)

    fill(
        "DROP TRIGGER full_disk ON assignment_decision",
        "DROP TRIGGER full_disk ON pooling_claimhold",
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pooling_run SET started_at = now() - interval '1 hour'")
    assert tick(now=NOW, actor=COMMAND).steps["resumed"] == 1
    assert (holds.standing(), ClaimHold.objects.get().lifted_by) == ([], "command line")
    assert Booking.objects.get().state == "approved"
    assert_sound()


def fill(*statements: str) -> None:
    """Change the server by hand."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
