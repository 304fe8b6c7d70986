"""A real server that ends sessions, crashes, is crowded or read-only: nothing lost or twice."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connection

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling.models import Run
from pooling.processing import process_entries
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults import commands
from tests.faults.forks import fork, wait_for
from tests.faults.own import ask
from tests.faults.service import make_service, sweep_it
from tests.invariants import assert_sound
from tests.own_server import OwnServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]
BOOKINGS = 240
WORKERS = 4


def much_work() -> None:
    """Eight people, and due bookings at all hours of two weeks."""
    InterpreterFactory.create_batch(8)
    for number in range(BOOKINGS):
        ReadyFactory.create(starts_at=after(days=1, hours=number))


def work_until(end: float, history: Path, number: int) -> None:
    """Process a few entries after the other; write down what was acknowledged."""
    ids: list[int] = []
    step = 0
    with history.open("a", encoding="utf-8") as file:
        while time.time() < end:
            step += 1
            key = f"step {step % 40} of {number % 2}"
            try:
                ids = ids or list(Booking.objects.order_by("pk").values_list("pk", flat=True))
                part = ids[(7 * step + 61 * number) % BOOKINGS :][:5]
                run = process_entries(part, now=NOW, actor=COMMAND, key=key, reason="Load.")
            except (DatabaseError, InterfaceError):
                connection.close()
                continue
            file.write(json.dumps({"key": key, "run": run.pk}) + "\n")
            file.flush()


def acknowledged(folder: Path) -> list[tuple[str, int]]:
    """Key and run of everything that a worker was told is done."""
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return [(row["key"], row["run"]) for row in map(json.loads, lines)]


def load(folder: Path, *, seconds: float) -> list[int]:
    """Start the workers; return their numbers."""
    end = time.time() + seconds
    return [
        fork(partial(work_until, end, folder / f"{number}.jsonl", number))
        for number in range(WORKERS)
    ]


def assert_whole(folder: Path) -> None:
    """Everything acknowledged is there once, and one tick takes what is left."""
    done = acknowledged(folder)
    assert len(done) > 5
    keys = dict(Run.objects.filter(state="done").values_list("pk", "operation__key"))
    assert all(keys.get(run) == key for key, run in done)
    assert len(set(done)) == len({key for key, _ in done})
    began = time.monotonic()
    tick(now=NOW, actor=COMMAND)
    assert time.monotonic() - began < 20
    assert not Booking.objects.filter(pool_status__in=("ready", "processing")).exists()
    assert Booking.objects.filter(pool_status="failed").count() == 0
    assert_sound()


def test_sessions_ended_every_50_ms_under_load(server: OwnServer, url: str, tmp_path: Path) -> None:
    much_work()
    workers = load(tmp_path, seconds=5)
    end = time.time() + 5
    ended = 0
    with psycopg.connect(server.url, autocommit=True) as own:
        while time.time() < end:
            rows = own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND random() < 0.3",
                [url.rsplit("/", 1)[1]],
            )
            ended += len(rows.fetchall())
            time.sleep(0.05)

    assert wait_for(workers) == [0] * WORKERS
    assert ended > 20
    assert_whole(tmp_path)


def test_a_crash_under_load_loses_nothing_acknowledged(
    server: OwnServer, url: str, tmp_path: Path
) -> None:
    much_work()
    connection.close()
    workers = load(tmp_path, seconds=6)
    time.sleep(2)
    server.stop()
    time.sleep(1)
    server.start_again()

    assert wait_for(workers) == [0] * WORKERS
    attempts = Booking.objects.filter(pool_status__isnull=False)
    assert set(attempts.values_list("pool_processing_attempts", flat=True)) <= {0, 1}
    assert_whole(tmp_path)


def test_a_run_goes_on_by_itself_after_a_crash_and_charges_nobody(
    server: OwnServer, url: str
) -> None:
    much_work()

    def work() -> None:
        sweep(now=NOW, slot="crash", actor=COMMAND)

    worker = fork(work)
    while not Booking.objects.filter(pool_status="processing").exists():
        time.sleep(0.002)
    connection.close()
    server.stop()
    time.sleep(1)
    server.start_again()

    assert wait_for([worker]) == [0]
    assert Run.objects.get().state == "done"
    assert not Booking.objects.filter(pool_status__isnull=False).exists()
    assert_sound()


def test_a_sweep_passes_over_what_an_idle_transaction_holds(url: str) -> None:
    make_service()
    with psycopg.connect(url) as idle:
        idle.execute("SELECT 1 FROM assignment_booking WHERE ref IN ('due 0', 'later') FOR UPDATE")
        began = time.monotonic()
        sweep_it()
        assert time.monotonic() - began < 20
        held = Booking.objects.filter(pool_status__isnull=False).order_by("ref")
        states = list(held.values_list("ref", "pool_status", "pool_processing_attempts"))
        assert states == [("due 0", "ready", 0), ("far", "waiting", 0), ("later", "waiting", 0)]

    tick(now=NOW, actor=COMMAND)

    assert list(held.values_list("ref", flat=True)) == ["far"]
    assert_sound(from_the_start=True)


def test_a_tick_decides_while_somebody_holds_the_policy(url: str) -> None:
    make_service()
    with psycopg.connect(url) as idle:
        idle.execute("SELECT 1 FROM assignment_policy FOR NO KEY UPDATE")
        steps = tick(now=NOW, actor=COMMAND).steps
        assert steps["gated"] == 0
        left = Booking.objects.filter(state="waiting", escalated_at__isnull=True).order_by("ref")
        assert list(left.values_list("ref", flat=True)) == ["far", "new"]

    assert tick(now=NOW, actor=COMMAND).steps["gated"] == 2
    assert list(left.values_list("ref", flat=True)) == ["far"]
    assert_sound(from_the_start=True)


def test_a_lock_that_is_not_given_ends_in_a_sentence(url: str) -> None:
    make_service()
    with psycopg.connect(url) as idle:
        idle.execute("SELECT 1 FROM assignment_policy FOR UPDATE")
        refused(url, "The database is busy: try again in a moment.")
    assert_sound(from_the_start=True)


def test_a_server_that_takes_no_more_sessions_is_called_busy(url: str) -> None:
    make_service()
    connection.close()
    crowd: list[psycopg.Connection[tuple[object, ...]]] = []
    try:
        with suppress(psycopg.OperationalError):
            while len(crowd) < 100:
                crowd.append(psycopg.connect(url))
        assert 20 < len(crowd) < 100
        refused(url, "The database is busy: try again in a moment.")
    finally:
        for one in crowd:
            one.close()
    sweep_it()
    assert_sound(from_the_start=True)


def test_a_read_only_server_changes_nothing_and_says_so(server: OwnServer, url: str) -> None:
    make_service()
    name = url.rsplit("/", 1)[1]
    connection.close()
    ask(server, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    refused(url, "The database takes no changes now: it is read-only or full; ask its operator.")

    assert commands.call(environment(url), "pool_status")["total"] > 0
    ask(server, f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    connection.close()
    sweep_it()
    assert_sound(from_the_start=True)


def environment(url: str) -> dict[str, str]:
    """The environment of a command on that database."""
    return os.environ | {"DATABASE_URL": url}


def refused(url: str, sentence: str) -> None:
    """A mode switch ends with exit code 3 and this sentence, soon."""
    began = time.monotonic()
    order = ("switch_mode", "URGENT", "--reason", "Storm.", "--now", NOW.isoformat(), "--json")
    process = commands.start(environment(url), *order)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["error"]["message"]) == (3, sentence)
    assert time.monotonic() - began < dt.timedelta(seconds=30).total_seconds()
