"""One PostgreSQL server for all tests that stop, cross or starve one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.own import on, serving
from tests.own_server import OwnServer


@pytest.fixture(scope="session")
def server() -> Iterator[OwnServer]:
    """The server, which every test leaves running."""
    with serving() as made:
        yield made


@pytest.fixture
def url(server: OwnServer, request: pytest.FixtureRequest, transactional_db: None) -> Iterator[str]:
    """The address of a fresh database of that server, on which the ORM works too."""
    with on(server, name=f"d{abs(hash(request.node.name)) % 10**9}") as made:
        yield made
