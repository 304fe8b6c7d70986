"""Which round robin a process chooses at its start, and what it says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assignment import turns
from assignment.engine.round_robin import MemoryRoundRobin, RedisRoundRobin
from config.databases import cache
from tests.servers import free_port


@pytest.fixture(autouse=True)
def _chosen_anew() -> Iterator[None]:
    """Each test chooses as a new process would."""
    turns.round_robin.cache_clear()
    yield
    turns.round_robin.cache_clear()


def test_redis_keeps_the_turns_when_it_is_configured_and_answers() -> None:
    assert isinstance(turns.round_robin(), RedisRoundRobin)
    assert turns.where_turns_are_kept() == "redis"


def test_without_redis_memory_keeps_them(settings: Any) -> None:
    settings.REDIS_URL = ""

    assert isinstance(turns.round_robin(), MemoryRoundRobin)
    assert turns.where_turns_are_kept() == "memory"


def test_a_redis_that_is_down_at_the_start_leaves_memory_and_says_so(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": cache(settings.REDIS_URL)}

    assert isinstance(turns.round_robin(), MemoryRoundRobin)
    assert turns.where_turns_are_kept() == "memory_instead"


def test_a_redis_that_falls_silent_later_is_not_replaced_by_memory() -> None:
    chosen = turns.round_robin()
    assert isinstance(chosen, RedisRoundRobin)
    for _ in range(5):
        chosen.breaker.failed()

    assert turns.where_turns_are_kept() == "redis_silent"
    assert turns.round_robin() is chosen
