"""Fixtures for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.db import connection
from django.test import TransactionTestCase
from redis import Redis

from tests.emptying import empty_database

ROOT = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """The Redis of this process of the tests, by a client that is more patient than the product."""
    with Redis.from_url(os.environ["REDIS_URL"], socket_timeout=60) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_redis(redis: Redis) -> Iterator[None]:
    """Leave nothing in Redis for the next test."""
    yield
    redis.flushdb()


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    """Empty the database after a transactional test in our way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TransactionTestCase, "_fixture_teardown", lambda _: empty_database(connection)
        )
        yield


@pytest.fixture(autouse=True)
def _emptied_last(request: pytest.FixtureRequest) -> None:
    """Empty the database after a transactional test when everything else of it has ended."""
    if is_transactional(request):
        request.getfixturevalue("transactional_db")


def is_transactional(request: pytest.FixtureRequest) -> bool:
    """Whether the database is emptied after this test."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        return True
    return bool({"transactional_db", "live_server"} & set(request.fixturenames))


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment of a child process that works on the database of this test.

    For ``subprocess.run([sys.executable, "manage.py", ...], cwd=ROOT, env=process_environment)``;
    what the test wrote is committed, so the child sees it.
    """
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{settings['NAME']}"
    else:
        url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{settings['NAME']}"
    return os.environ | {"DATABASE_URL": url}
