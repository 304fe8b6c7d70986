"""A page of the database that is damaged: said in a sentence, nothing repaired, nothing changed."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from django.db import connection

from monitoring.forking import let_connections_go
from tests.faults import commands
from tests.faults.own import ask, url_of
from tests.faults.service import make_service
from tests.own_server import OwnServer

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = 8192
SENTENCE = (
    "The database cannot read or write all of its files: stop the workers, have the disk looked "
    "after, and restore a backup if a table is damaged."
)
ORDERS = (
    ("audit_integrity",),
    ("audit_integrity", "--repair"),
    ("sweep", "--slot", "s"),
    ("tick",),
    ("pool_status",),
)
TABLES = ("assignment_auditevent", "assignment_operation", "assignment_assignment", "pooling_run")


def spoil(file: Path, *, page: int, size: int) -> None:
    """Overwrite the head of a page."""
    with file.open("r+b") as data:
        data.seek(page * size)
        data.write(bytes(range(1, 65)))


def refuse(environment: dict[str, str]) -> None:
    """Every order ends with exit code 3 and the sentence."""
    for order in ORDERS:
        process = commands.start(environment, *order, "--now", commands.NOW, "--json")
        out, _ = process.communicate(timeout=60)
        assert (process.returncode, json.loads(out)) == (
            3,
            {"error": {"code": "dependency", "message": SENTENCE}},
        ), order


@pytest.mark.sqlite_only
def test_a_damaged_file_is_called_so_and_left_as_it_is(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    make_service()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT rootpage FROM sqlite_master WHERE name = 'assignment_booking'")
        page = cursor.fetchone()[0] - 1
        cursor.execute("PRAGMA page_size")
        size = cursor.fetchone()[0]
    file = Path(str(connection.settings_dict["NAME"]))
    let_connections_go()
    copy = tmp_path / "damaged.sqlite3"
    shutil.copy(file, copy)
    spoil(copy, page=page, size=size)
    before = copy.read_bytes()

    refuse(process_environment | {"DATABASE_URL": f"sqlite:///{copy}"})

    assert copy.read_bytes() == before


@pytest.mark.postgres_only
def test_a_damaged_table_is_called_so_and_left_as_it_is(server: OwnServer, url: str) -> None:
    make_service()
    let_connections_go()
    name = url.rsplit("/", 1)[1]
    damaged = server.copy()
    path = ask(server, "SELECT pg_relation_filepath('assignment_booking')", name=name)[0][0]
    file = damaged.data / str(path)
    spoil(file, page=0, size=PAGE)
    page = file.read_bytes()[:PAGE]
    damaged.start_again()
    try:
        before = contents(damaged, name)

        refuse(os.environ | {"DATABASE_URL": url_of(damaged, name)})

        assert contents(damaged, name) == before
    finally:
        damaged.stop(signal.SIGINT)
        left = file.read_bytes()[:PAGE]
        shutil.rmtree(damaged.data)
    assert left == page


def contents(server: OwnServer, name: str) -> list[object]:
    """Every row of the tables that can be read still."""
    return [ask(server, f"SELECT * FROM {table} ORDER BY 1", name=name) for table in TABLES]  # noqa: S608 - our own names
