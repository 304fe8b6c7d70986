"""SIGTERM in a batch of 500: the chunk is finished, the rest is untouched and done later."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from django_q.tasks import async_task

from assignment.models import AuditEvent, Booking
from pooling.models import Run
from tests.factories.people import InterpreterFactory
from tests.faults import commands
from tests.faults.cluster import working
from tests.invariants import assert_sound
from tests.pooling.admin.people import in_hours, ready
from tests.processes import children_of, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = 500
GRACE_SECONDS = 20


def much_work() -> None:
    """Eight people, and due bookings at all hours of three weeks."""
    InterpreterFactory.create_batch(8)
    for number in range(BATCH):
        ready(starts_at=in_hours(48 + number), ends_at=in_hours(49 + number))


def settled() -> int:
    """How many bookings have left the pool."""
    return Booking.objects.filter(pool_status__isnull=True).count()


def assert_stopped_between_two_chunks() -> None:
    """Some are done; the others are as if nobody had touched them."""
    assert 0 < settled() < BATCH
    left = Booking.objects.filter(pool_status__isnull=False)
    assert set(left.values_list("pool_status", "pool_processing_attempts")) == {("ready", 0)}
    assert AuditEvent.objects.filter(action="claim").count() == settled()
    assert [run.state for run in Run.objects.all()] == ["applying"]
    assert_sound()


def test_a_command_finishes_its_chunk_and_the_same_command_the_rest(
    process_environment: dict[str, str],
) -> None:
    much_work()
    order = ("sweep", "--slot", "s", "--json")
    process = commands.start(process_environment, *order)
    wait_until(lambda: settled() > 0, seconds=60)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    out, _ = process.communicate(timeout=60)

    assert (process.returncode, json.loads(out)["error"]["code"]) == (1, "stopped")
    assert time.monotonic() - began < GRACE_SECONDS
    assert_stopped_between_two_chunks()

    assert commands.call(process_environment, *order[:-1])["processed"] == BATCH
    assert (settled(), Run.objects.count()) == (BATCH, 1)
    assert_sound()


def test_a_worker_that_is_told_to_end_finishes_its_chunk(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    much_work()
    environment = process_environment | {"VAR_DIR": str(tmp_path), "WORKER_NAME": tmp_path.name}
    async_task("pooling.tasks.tick")
    with working(environment, log=tmp_path / "log") as group:
        wait_until(lambda: settled() > 0, seconds=60)
        (main,) = children_of(group)
        began = time.monotonic()
        os.kill(main, signal.SIGTERM)
        wait_until(lambda: main not in children_of(group), seconds=GRACE_SECONDS)
        assert time.monotonic() - began < GRACE_SECONDS

    assert_stopped_between_two_chunks()
