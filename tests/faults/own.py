"""A PostgreSQL server of a test's own, with the tables of the product, behind the test's ORM."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection

from tests import servers
from tests.own_server import OwnServer

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATE = "clean"


@contextmanager
def serving() -> Iterator[OwnServer]:
    """A server with one database that has every table and no row of work."""
    home, lock = servers.make_home()
    server = OwnServer(home, most_connections=40, like=clean_cluster())
    try:
        yield server
    finally:
        server.stop(signal.SIGINT)
        shutil.rmtree(home, ignore_errors=True)
        lock.close()


def clean_cluster() -> Path:
    """The stopped cluster of which each such server is a copy, made once in a run of the suite.

    Who starts another run may give it that of this one by TEST_CLUSTER.
    """
    if given := os.environ.get("TEST_CLUSTER"):
        return Path(given)
    home = Path(os.environ["TEST_HOME"])
    made = home / "clean"
    with (home / "clean.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            fill(OwnServer(home)).rename(made)
    return made


def fill(server: OwnServer) -> Path:
    """Make the one database of it, and stop it; where its cluster lies."""
    try:
        ask(server, f"CREATE DATABASE {TEMPLATE}")
        environment = os.environ | {"DATABASE_URL": url_of(server, TEMPLATE)}
        command = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    finally:
        server.stop(signal.SIGINT)
    return server.data


@contextmanager
def on(server: OwnServer, *, name: str) -> Iterator[str]:
    """Let the ORM of this process, and of its forks, work on a fresh database of the server."""
    ask(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    connection.close()
    before = dict(connection.settings_dict)
    place = {"HOST": "127.0.0.1", "PORT": server.port, "USER": "interpool", "NAME": name}
    connection.settings_dict |= place
    try:
        yield url_of(server, name)
    finally:
        connection.close()
        connection.settings_dict |= {key: before[key] for key in place}


def url_of(server: OwnServer, name: str) -> str:
    """The address of a database of the server."""
    return server.url.rsplit("/", 1)[0] + f"/{name}"


def ask(server: OwnServer, sql: str, *, name: str = "postgres") -> list[tuple[object, ...]]:
    """Execute one statement outside any transaction; return its rows."""
    with psycopg.connect(url_of(server, name), autocommit=True) as own:
        cursor = own.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []
