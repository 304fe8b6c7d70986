"""A real Redis that is down, killed, frozen, full, read-only or emptied while turns are taken."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from assignment.engine.breaker import Breaker
from assignment.engine.round_robin import RedisRoundRobin
from assignment.errors import CounterError
from assignment.models import Assignment
from tests import servers
from tests.faults.commands import NOW, call
from tests.faults.service import make_service
from tests.own_redis import OwnRedis, end


@pytest.fixture
def own() -> Iterator[OwnRedis]:
    """A Redis for this test alone."""
    home, lock = servers.make_home()
    server = OwnRedis(home)
    yield server
    end(server)
    lock.close()


def failing_turn(turns: RedisRoundRobin) -> float:
    """Take a turn that must fail; return the seconds it took."""
    began = time.perf_counter()
    with pytest.raises(CounterError):
        turns.next_index("a", 3)
    return time.perf_counter() - began


def test_a_killed_redis_fails_each_turn_at_once_and_serves_again_after_its_return(
    own: OwnRedis,
) -> None:
    clock = [0.0]
    turns = RedisRoundRobin(own.client(), breaker=Breaker(clock=lambda: clock[0]))
    assert turns.next_index("a", 3) == 0
    own.kill()
    assert max(failing_turn(turns) for _ in range(6)) < 0.25
    assert turns.breaker.is_open

    own.start_again()
    clock[0] += 30
    assert turns.next_index("a", 3) == 0
    assert not turns.breaker.is_open


def test_a_frozen_redis_costs_a_turn_a_quarter_of_a_second_and_a_batch_no_more_than_five(
    own: OwnRedis,
) -> None:
    turns = RedisRoundRobin(own.client())
    turns.next_index("a", 3)
    own.freeze()
    began = time.perf_counter()
    seconds = [failing_turn(turns) for _ in range(100)]

    assert max(seconds) < 0.25
    assert time.perf_counter() - began < 5 * 0.25
    own.thaw()


def test_a_counter_that_timed_out_may_have_been_counted_and_is_not_asked_again(
    own: OwnRedis,
) -> None:
    turns = RedisRoundRobin(own.client())
    turns.next_index("a", 3)
    own.freeze()
    failing_turn(turns)
    own.thaw()
    time.sleep(0.1)

    with Redis.from_url(own.url) as client:
        assert client.get("assignment:rr:a") in (b"1", b"2")


def test_a_flushed_redis_begins_the_round_anew(own: OwnRedis) -> None:
    turns = RedisRoundRobin(own.client())
    assert [turns.next_index("a", 3) for _ in range(2)] == [0, 1]
    own.client().flushall()

    assert turns.next_index("a", 3) == 0


@pytest.mark.parametrize(
    "command",
    [
        ("CONFIG", "SET", "maxmemory", "1"),
        ("REPLICAOF", "127.0.0.1", "1"),
        ("CONFIG", "SET", "min-replicas-to-write", "1"),
    ],
    ids=["full", "read_only_replica", "no_replicas"],
)
def test_a_redis_that_takes_no_writes_is_an_error_of_redis(
    own: OwnRedis, command: tuple[str, ...]
) -> None:
    turns = RedisRoundRobin(own.client())
    own.client().execute_command(*command)  # type: ignore[no-untyped-call]

    assert failing_turn(turns) < 0.25


@pytest.mark.django_db(transaction=True)
def test_all_starts_and_works_without_the_redis_that_is_configured(
    process_environment: dict[str, str],
) -> None:
    make_service()
    environment = process_environment | {"REDIS_URL": f"redis://127.0.0.1:{servers.free_port()}/0"}

    call(environment, "tick", "--now", NOW)
    assert Assignment.objects.count() == 10
    call(environment, "drain_sessions", "--now", NOW)


def test_it_is_told_whether_redis_answers_now(own: OwnRedis) -> None:
    turns = RedisRoundRobin(own.client())
    assert turns.answers()
    own.kill()

    assert not turns.answers()
