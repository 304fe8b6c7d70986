"""The dashboard says where the turns are kept, and warns when Redis is silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from assignment import turns
from assignment.engine.round_robin import RedisRoundRobin
from config.databases import cache as cache_settings
from monitoring.turn_keeping import KEEPERS
from tests.pooling.admin.people import client_of
from tests.servers import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chosen_anew() -> Iterator[None]:
    cache.clear()
    turns.round_robin.cache_clear()
    yield
    turns.round_robin.cache_clear()


def board() -> Any:
    """The board of the index page, and its text."""
    answer = client_of("viewer").get("/admin/")
    return answer.context["board"], answer.content.decode()


def alerts(found: Any) -> list[str]:
    """The texts of the alerts."""
    return [alert.text for alert in found["alerts"]]


def test_it_says_that_redis_keeps_them() -> None:
    found, page = board()

    assert found["turns"] == "Redis"
    assert "Round robin</span> Redis<" in page
    assert not any("Redis" in text for text in alerts(found))


def test_it_says_that_memory_keeps_them_when_no_redis_is_configured(settings: Any) -> None:
    settings.REDIS_URL = ""
    found, _ = board()

    assert found["turns"] == "memory of each process"
    assert not any("Redis" in text for text in alerts(found))


def test_it_warns_of_a_redis_that_was_down_at_the_start(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": cache_settings(settings.REDIS_URL)}
    found, page = board()

    assert KEEPERS["memory_instead"].warning in alerts(found)
    assert "then restart Interpool" in page


def test_health_is_degraded_while_memory_stands_in_for_redis(settings: Any, client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": cache_settings(settings.REDIS_URL)}
    turns.round_robin.cache_clear()

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "degraded"})


def test_health_is_well_without_a_redis_that_nobody_configured(
    settings: Any, client: Client
) -> None:
    settings.REDIS_URL = ""

    assert client.get("/healthz").json() == {"status": "ok"}


def test_health_is_degraded_while_redis_is_silent(client: Client) -> None:
    chosen = turns.round_robin()
    assert isinstance(chosen, RedisRoundRobin)
    for _ in range(5):
        chosen.breaker.failed()

    assert client.get("/healthz").json() == {"status": "degraded"}


def test_it_warns_of_a_redis_that_does_not_answer_now() -> None:
    chosen = turns.round_robin()
    assert isinstance(chosen, RedisRoundRobin)
    for _ in range(5):
        chosen.breaker.failed()
    found, _ = board()

    assert KEEPERS["redis_silent"].warning in alerts(found)
