"""No connection is carried over a fork, not even one that was closed while a cursor read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from monitoring.forking import let_connections_go

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite_only]
ROOT = Path(__file__).resolve().parent.parent.parent
FORKS = """
import os, sys
from config.start import load_settings
load_settings()
import django
django.setup()
from django.db import connection
from monitoring.forking import let_connections_go_at_forks
from tests.monitoring.test_forking import half_read, open_files
let_connections_go_at_forks()
half_read()
if not os.fork():
    os._exit(len(open_files()))
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def open_files() -> list[str]:
    """The database, its log and its index, as often as this process has them open."""
    name = str(connection.settings_dict["NAME"])
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [path for path in (str(link.readlink()) for link in links) if path.startswith(name)]


def half_read() -> None:
    """Leave a cursor before its last row, where only the collector of cycles finds it."""
    cursor = connection.cursor()
    cursor.execute("SELECT 1 UNION SELECT 2 UNION SELECT 3")
    cursor.fetchone()
    circle: list[object] = [cursor]
    circle.append(circle)


def test_a_closed_connection_lives_on_with_its_cursor_until_it_is_let_go() -> None:
    half_read()
    connection.close()
    assert open_files()

    let_connections_go()

    assert open_files() == []


def test_a_fork_of_the_worker_carries_no_open_database(
    process_environment: dict[str, str],
) -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], cwd=ROOT, env=process_environment)

    assert done.returncode == 0
