"""An early pytest plugin: the variables and the servers that a run of the tests needs.

``-p tests.environment`` loads it before Django's settings are read; a conftest would be too late.
``--database`` chooses the pass: a SQLite file, or PostgreSQL. Redis is real in both. The
variables DATABASE_URL (PostgreSQL) and REDIS_URL point a run at servers that exist; otherwise it
starts its own. The processes of pytest-xdist inherit everything from the first one.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest
from redis import Redis, RedisError

from tests import servers

ROOT = Path(__file__).resolve().parent.parent
SELECTED = {"sqlite": "postgres_only", "postgresql": "sqlite_only"}
"""The marker that each pass leaves out."""
OF_A_DATABASE = ("django_db", "postgres_only", "own_database")
FROM_A_DATABASE = frozenset({"db", "transactional_db", "live_server"})
"""The fixtures that give a test the database of its pass."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the caller choose the database."""
    parser.addoption(
        "--database",
        choices=sorted(SELECTED),
        default="sqlite",
        help="the database under the tests (default: a SQLite file)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Prepare the environment before pytest-django reads the settings."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        use_own_redis_database(os.environ["PYTEST_XDIST_WORKER"])
    elif not early_config.known_args_namespace.help:
        try:
            prepare(early_config.known_args_namespace.database)
        except (servers.NoServerError, RedisError) as error:
            raise pytest.UsageError(str(error)) from None
    return (yield)


def pytest_report_header(config: pytest.Config) -> str:
    """Say on what the tests run."""
    return f"servers: {os.environ.get('TEST_SERVERS')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, without a trace of skipping, what belongs to the other pass.

    What touches no database runs in the first pass, that on SQLite, alone; ``own_database``
    marks what makes one for itself.
    """
    database = config.getoption("database")
    left_out = [item for item in items if _is_of_the_other_pass(item, database)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def pytest_collection_finish() -> None:
    """Let the collector pass over what lives until the end: a million objects of the collection.

    It is called often, at each fork of a test for one, and looked through all of them each time.
    """
    gc.collect()
    gc.freeze()


def _is_of_the_other_pass(item: pytest.Item, database: str) -> bool:
    if item.get_closest_marker(SELECTED[database]):
        return True
    if database == "sqlite" or any(map(item.get_closest_marker, OF_A_DATABASE)):
        return False
    return FROM_A_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


def prepare(database: str) -> None:
    """Start what is missing, and set every variable of the product."""
    home, lock = servers.make_home()
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    started: list[tuple[servers.Server, signal.Signals]] = []
    atexit.register(tear_down, home, lock, started, os.getpid())
    keep_bytecode()

    (home / "var" / "static").mkdir(parents=True)
    for name in product_variables():
        os.environ[name] = ""
    os.environ |= {
        "INSECURE_LOCAL_HTTP": "true",
        "SECRET_KEY": os.urandom(32).hex(),
        "TEST_HOME": str(home),
        "VAR_DIR": str(home / "var"),
    }
    os.environ["TEST_SERVERS"] = ""
    if given["REDIS_URL"]:
        os.environ["REDIS_URL"] = given["REDIS_URL"]
        require_empty(given["REDIS_URL"])
    else:
        redis = servers.start_redis(home)
        started.append((redis, signal.SIGTERM))
        os.environ["REDIS_URL"] = f"{redis.url}/0"
        os.environ["TEST_SERVERS"] = str(redis.program)

    if database == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{home}/interpool.sqlite3"
        os.environ["TEST_DATABASE_NAME"] = str(home / "test.sqlite3")
        return
    os.environ["TEST_DATABASE_NAME"] = "test_interpool"
    if given["DATABASE_URL"].startswith("postgres"):
        os.environ["DATABASE_URL"] = given["DATABASE_URL"]
        os.environ["TEST_DATABASE_NAME"] = f"test_{urlsplit(given['DATABASE_URL']).path[1:]}"
        return
    postgresql = servers.start_postgresql(home)
    started.append((postgresql, signal.SIGINT))
    os.environ["DATABASE_URL"] = postgresql.url
    os.environ["TEST_SERVERS"] += f", {postgresql.program}"


def keep_bytecode() -> None:
    """Let this process and the hundreds that the tests start compile each file but once."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def product_variables() -> list[str]:
    """Every variable of ``.env.example``; an empty one also shadows a developer's ``.env``."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return [line.split("=", 1)[0] for line in lines if "=" in line and line[0].isupper()]


def use_own_redis_database(worker: str) -> None:
    """Give each process of pytest-xdist (gw0, gw1, …) a database of its own."""
    url = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{int(worker.removeprefix('gw')) + 1}")
    os.environ["REDIS_URL"] = url.geturl()
    require_empty(url.geturl())


def require_empty(url: str) -> None:
    """Refuse a Redis database that holds something: each test empties it."""
    with Redis.from_url(url) as redis:
        if redis.dbsize():
            pytest.exit("the tests need an empty Redis database; REDIS_URL names one in use", 3)


def tear_down(
    home: Path,
    lock: IO[bytes],
    started: list[tuple[servers.Server, signal.Signals]],
    owner: int,
) -> None:
    """Stop our servers and remove their folder, in the process that made them alone."""
    if os.getpid() != owner:
        return
    for server, ending in reversed(started):
        server.stop(ending)
    shutil.rmtree(home, ignore_errors=True)
    lock.close()
