"""A SQLite file that is locked, full, read-only, or copied as a power loss leaves it."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling import holds
from pooling.holds import ClaimHoldError
from pooling.models import Run
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults.forks import fork, wait_for
from tests.faults.service import make_service, sweep_it
from tests.invariants import assert_sound
from tests.pooling.steps import digest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite_only]
COPIES = 8


@contextmanager
def on_file(file: Path) -> Iterator[None]:
    """Let the ORM of this process work on another file."""
    connection.close()
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(file)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


@contextmanager
def impatient() -> Iterator[None]:
    """Wait a fifth of a second for the writer's lock, not twenty."""
    connection.close()
    options = connection.settings_dict["OPTIONS"]
    connection.settings_dict["OPTIONS"] = options | {"timeout": 0.2}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options


def test_a_writer_that_holds_the_lock_makes_every_command_say_busy() -> None:
    make_service()
    before = digest()
    commands = (("tick",), ("sweep", "--slot", "s"), ("switch_mode", "URGENT", "--reason", "Storm"))
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other, impatient():
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        for command in commands:
            out = StringIO()
            with pytest.raises(CommandError) as refused:
                call_command(*command, "--now", NOW.isoformat(), "--json", stdout=out)
            assert refused.value.returncode == 3
            assert json.loads(out.getvalue())["error"] == {
                "code": "dependency",
                "message": "The database is busy: try again in a moment.",
            }
        other.execute("ROLLBACK")
    assert digest() == before
    sweep_it()
    assert_sound(from_the_start=True)


def test_a_run_that_meets_a_busy_file_waits_and_charges_nobody() -> None:
    make_service()
    with impatient():
        worker = fork(sweep_it)
        while not Run.objects.exists():
            time.sleep(0.001)
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=5)) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.4)
            other.execute("ROLLBACK")
        assert wait_for([worker]) == [0]
    assert Run.objects.get().state == "done"
    assert_sound(from_the_start=True)


def test_a_copy_as_a_power_loss_leaves_it_is_whole_and_is_finished(tmp_path: Path) -> None:
    dice = random.Random(5)
    InterpreterFactory.create_batch(8)
    for number in range(320):
        ReadyFactory.create(starts_at=after(days=1, hours=number))
    source = Path(str(connection.settings_dict["NAME"]))
    worker = fork(lambda: sweep(now=NOW, slot="s", actor=COMMAND))
    copies: list[Path] = []
    while os.waitpid(worker, os.WNOHANG) == (0, 0):
        time.sleep(dice.uniform(0.02, 0.2))
        copies.append(copy_stopped(worker, source, tmp_path / f"{len(copies)}.sqlite3"))

    settled = [finish(file) for file in dice.sample(copies, min(COPIES, len(copies)))]
    assert len(settled) > 2
    assert min(settled) < 320


def copy_stopped(worker: int, source: Path, target: Path) -> Path:
    """Copy the file and its log as they are at one instant of the worker, if it still works.

    Another process copies: to close the file here would end every lock of this process on it.
    """
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGSTOP)
    os.waitid(os.P_PID, worker, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    for ending in ("", "-wal"):
        if Path(f"{source}{ending}").exists():
            subprocess.run(["/bin/cp", f"{source}{ending}", f"{target}{ending}"], check=True)
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGCONT)
    return target


def finish(file: Path) -> int:
    """The copy is whole, and the same sweep completes it; return how many it had settled."""
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with on_file(file):
        assert_sound()
        settled = Booking.objects.filter(pool_status__isnull=True).count()
        sweep(now=NOW, slot="s", actor=COMMAND)
        assert not Booking.objects.filter(pool_status__isnull=False).exists()
        assert_sound()
    return settled


@pytest.fixture
def _roomy() -> Iterator[None]:
    """Whatever happens, the connection may let the file grow again."""
    yield
    ask("PRAGMA max_page_count = 1000000")


@pytest.mark.usefixtures("_roomy")
def test_a_full_file_holds_all_claims_until_there_is_space_again() -> None:
    InterpreterFactory.create_batch(8)
    for number in range(200):
        ReadyFactory.create(starts_at=after(days=1, hours=number))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no page is free
    pages = ask("PRAGMA page_count")
    ask(f"PRAGMA max_page_count = {pages + 6}")

    with pytest.raises(DatabaseError, match="full"):
        tick(now=NOW, actor=COMMAND)
    assert [hold.cause for hold in holds.standing()] == ["storage"]
    with pytest.raises(ClaimHoldError, match="give the database space or memory"):
        tick(now=NOW, actor=COMMAND)
    assert set(Booking.objects.values_list("pool_status", "pool_processing_attempts")) == {
        ("ready", 0)
    }

    ask("PRAGMA max_page_count = 1000000")
    assert tick(now=NOW, actor=COMMAND).count("assigned") == 200
    assert holds.standing() == []
    assert_sound()


def ask(statement: str) -> int:
    """The number that a statement answers with."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def test_a_file_that_cannot_be_written_is_read_and_refuses_changes_in_a_sentence() -> None:
    make_service()
    before = digest()
    file = connection.settings_dict["NAME"]
    with on_file(Path(f"file:{file}?mode=ro")):
        out = StringIO()
        call_command("pool_status", "--now", NOW.isoformat(), "--json", stdout=out)
        assert json.loads(out.getvalue())["total"] > 0
        for command in (("tick",), ("sweep", "--slot", "s")):
            out = StringIO()
            with pytest.raises(CommandError) as refused:
                call_command(*command, "--now", NOW.isoformat(), "--json", stdout=out)
            assert refused.value.returncode == 3
            assert json.loads(out.getvalue())["error"]["message"] == (
                "The database takes no changes now: it is read-only or full; ask its operator."
            )
    assert digest() == before
    sweep_it()
    assert_sound(from_the_start=True)
