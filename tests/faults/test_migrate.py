"""Migrations on a database that people work on: short locks, killed half-way, overlaps."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from assignment.guarantees import guarantees_of, missing
from assignment.models import Assignment, Booking
from tests.factories.bookings import AssignmentFactory, BookingFactory, ReadyFactory
from tests.factories.people import InterpreterFactory
from tests.faults import commands
from tests.faults.forks import fork, wait_for
from tests.faults.own import ask, on, url_of
from tests.invariants import assert_sound
from tests.own_server import OwnServer
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
HELD_SECONDS = 3.0
LOCK_SECONDS = 0.5
TOMORROW = ("-m", "django")
MOMENTS = (
    "3 CREATE TRIGGER",
    '25 INSERT INTO "django_migrations"',
    '1 INSERT INTO "django_q_schedule"',
)


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    own: OwnServer = request.getfixturevalue("server")
    ask(own, "CREATE DATABASE half_way")
    return url_of(own, "half_way")


def test_a_migration_killed_at_any_time_is_completed_by_the_next(empty: str) -> None:
    environment = os.environ | {"DATABASE_URL": empty}
    for moment in MOMENTS:
        dying = environment | {"DIE_AFTER": moment}
        process = commands.start(dying, "migrate", "-v0", program=commands.DYING)
        assert commands.code_of(process) == -signal.SIGKILL, moment

    assert commands.code_of(commands.start(environment, "migrate", "-v0")) == 0

    answer = commands.call(environment, "check_schema")
    assert (answer["valid"], answer["issues"]) == (True, [])


def bump_for(file: Path, seconds: float) -> None:
    """Change a booking again and again; write down how long each change took, in seconds."""
    end, waits = time.monotonic() + seconds, []
    while time.monotonic() < end:
        began = time.monotonic()
        Booking.objects.update(title=f"Meeting at {began}")
        waits.append(time.monotonic() - began)
        time.sleep(0.02)
    file.write_text(json.dumps(waits))


@pytest.mark.postgres_only
def test_nobody_waits_long_behind_a_migration_that_waits(server: OwnServer, tmp_path: Path) -> None:
    with on(server, name="live") as url:
        ReadyFactory()
        file = tmp_path / "waits.json"
        with psycopg.connect(url) as reader:
            reader.execute("SELECT count(*) FROM assignment_booking")
            worker = fork(lambda: bump_for(file, HELD_SECONDS + 4))
            settings = {"DJANGO_SETTINGS_MODULE": "tests.faults.tomorrow.settings"}
            environment = os.environ | {"DATABASE_URL": url} | settings
            migration = commands.start(environment, "migrate", "tomorrow", program=TOMORROW)
            wait_until(lambda: is_waiting(server), seconds=20)
            time.sleep(HELD_SECONDS)
        _, errors = migration.communicate(timeout=60)
        assert (migration.returncode, errors) == (0, "")
        assert wait_for([worker]) == [0]

        waits = sorted(json.loads(file.read_text()))
        assert waits[int(len(waits) * 0.99)] < LOCK_SECONDS + 1
        assert waits[-1] > LOCK_SECONDS / 2
        assert ask(server, "SELECT tomorrow FROM assignment_booking", name="live") == [(None,)]
        assert_sound()


def is_waiting(server: OwnServer) -> bool:
    """Whether a session waits to change the table of the bookings."""
    found = ask(
        server,
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER%'",
    )
    return bool(found)


def test_overlaps_are_listed_before_the_guarantee_is_laid_and_nothing_changes() -> None:
    with connection.cursor() as cursor:
        for guarantee in guarantees_of(connection):
            cursor.execute(guarantee.drop)
    person = InterpreterFactory(ref="IN-1")
    for ref in ("B1", "B2"):
        booking = BookingFactory(ref=ref, state="approved")
        AssignmentFactory(booking=booking, interpreter=person)
    names = {row.name for row in missing(connection)}

    with pytest.raises(CommandError) as refused:
        call_command("migrate", verbosity=0)

    assert (refused.value.returncode, str(refused.value)) == (
        1,
        "Nothing was changed. IN-1 has B1 and B2 at the same time: give one to somebody else. "
        "It stands in the way of no_double_booking. Put these right first.",
    )
    assert {row.name for row in missing(connection)} == names
    Assignment.objects.latest("pk").delete()
    call_command("migrate", verbosity=0)
    assert missing(connection) == ()
