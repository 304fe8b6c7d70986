"""django-q2 freezes, loses and repeats; the pool does not, for a message is only a hint."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_q import core_signing as signing
from django_q.conf import Conf
from django_q.models import Failure, OrmQ, Schedule, Success
from django_q.signing import PickleSerializer, SignedPackage
from django_q.tasks import async_task

from assignment.models import AuditEvent, Booking
from pooling.models import Plan, Run
from tests.factories.people import InterpreterFactory
from tests.faults import commands
from tests.faults.cluster import schedule_once, working
from tests.invariants import assert_sound
from tests.pooling.admin.people import ready
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
TICK, SWEEP = "pooling.tasks.tick", "pooling.tasks.sweep"


@pytest.fixture
def environment(process_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A folder and a name of its own for the worker of this test."""
    return process_environment | {"VAR_DIR": str(tmp_path), "WORKER_NAME": tmp_path.name}


def state_of(booking: Booking) -> str:
    """State and pool state of a booking now."""
    row = Booking.objects.get(pk=booking.pk)
    return row.pool_status or row.state


def await_empty_queue() -> None:
    """Wait until no message is left, taken or not."""
    wait_until(lambda: not OrmQ.objects.exists(), seconds=40)


def test_a_malformed_row_stops_the_scheduler_but_neither_tick_nor_sweep_nor_a_new_worker(
    environment: dict[str, str], tmp_path: Path
) -> None:
    InterpreterFactory.create_batch(2)
    first = ready()
    Schedule.objects.update(next_run=timezone.now() - dt.timedelta(hours=1))
    Schedule.objects.filter(name="interpool.tick").update(args="(1,")

    said = schedule_once(environment)

    assert "Could not create task from schedule" in said
    assert not OrmQ.objects.filter(payload__gt="").exclude(lock__gt=timezone.now()).exists()
    assert commands.call(environment, "tick")["assigned"] == 1
    second = ready()
    assert commands.call(environment, "sweep")["assigned"] == 1
    assert [state_of(first), state_of(second)] == ["approved"] * 2

    with working(environment, log=tmp_path / "log"):
        repaired = AuditEvent.objects.filter(object_type="schedule", action="repair")
        wait_until(lambda: repaired.count() == 2, seconds=30)
    refs = sorted(repaired.values_list("object_ref", flat=True))
    assert refs == ["interpool.sweep", "interpool.tick"]
    OrmQ.objects.all().delete()
    schedule_once(environment)
    sent = sorted(message.func() for message in OrmQ.objects.all())
    assert sent == ["assignment.tasks.keep_sessions", TICK]
    assert_sound()


def test_entries_are_processed_although_the_secret_key_was_rotated_while_a_message_waited(
    environment: dict[str, str], tmp_path: Path
) -> None:
    InterpreterFactory()
    booking = ready()
    async_task(TICK)
    Schedule.objects.update(next_run=timezone.now() + dt.timedelta(minutes=4))
    rotated = environment | {"SECRET_KEY": os.urandom(32).hex()}

    with working(rotated, log=tmp_path / "log"):
        await_empty_queue()
        assert (Success.objects.count(), Failure.objects.count()) == (0, 0)
        assert state_of(booking) == "ready"
        Schedule.objects.filter(name="interpool.tick").update(next_run=timezone.now())
        schedule_once(rotated)
        wait_until(lambda: state_of(booking) == "approved", seconds=30)

    assert_sound()


def test_a_worker_outlives_garbage_a_foreign_pickle_and_a_function_that_is_gone(
    environment: dict[str, str], tmp_path: Path
) -> None:
    InterpreterFactory()
    booking, trap = ready(), tmp_path / "trap"
    for payload in ("garbage", "", "a:b:c", foreign_pickle(trap)):
        OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload=payload, lock=timezone.now())
    async_task("pooling.tasks.tick_of_an_older_version", booking.pk)

    with working(environment, log=tmp_path / "log"):
        wait_until(lambda: Failure.objects.count() == 1, seconds=30)
        assert state_of(booking) == "ready"
        assert OrmQ.objects.count() == 1  # the message that failed: it is tried again later
        async_task(TICK)
        wait_until(lambda: state_of(booking) == "approved", seconds=30)

    failure = Failure.objects.get()
    assert failure.func == "pooling.tasks.tick_of_an_older_version"
    assert "is not defined" in failure.result
    assert not trap.exists()
    assert_sound()


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self.file),))


def foreign_pickle(file: Path, *, key: str = "another key") -> str:
    """A message as django-q2 has it, signed with this key."""
    message: str = signing.dumps(
        Trap(file), key=key, salt=Conf.PREFIX, serializer=PickleSerializer, compress=False
    )
    return message


def test_the_trap_would_snap_if_it_were_signed_with_the_key(tmp_path: Path) -> None:
    SignedPackage.loads(foreign_pickle(tmp_path / "trap", key=Conf.SECRET_KEY))

    assert (tmp_path / "trap").is_dir()


def test_fifty_messages_of_one_sweep_are_one_run_although_no_result_can_be_saved(
    environment: dict[str, str], tmp_path: Path
) -> None:
    InterpreterFactory.create_batch(3)
    for _ in range(3):
        ready()
    for _ in range(50):
        async_task(SWEEP)
    rename("django_q_task", "away")
    try:
        with working(environment, log=tmp_path / "log"):
            await_empty_queue()
    finally:
        rename("away", "django_q_task")

    assert Run.objects.filter(kind=Plan.Kind.SWEEP).count() == 1
    assert Booking.objects.filter(state="approved").count() == 3
    assert AuditEvent.objects.filter(action="claim").count() == 3
    assert_sound()


def rename(old: str, new: str) -> None:
    """Rename a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")
