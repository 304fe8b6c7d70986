"""Turns in memory and in a real Redis, and what a Redis that misbehaves means."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from django_redis import get_redis_connection

from assignment.engine.breaker import Breaker
from assignment.engine.round_robin import MemoryRoundRobin, RedisRoundRobin, RoundRobin
from assignment.errors import CounterError
from assignment.failures import classify
from tests.faults.forks import fork, wait_for

KEY = "assignment:rr:team:a"


@pytest.fixture(params=["memory", "redis"])
def turns(request: pytest.FixtureRequest) -> RoundRobin:
    """Both providers, one after the other."""
    if request.param == "memory":
        return MemoryRoundRobin()
    return RedisRoundRobin(get_redis_connection("default"))


def of_redis() -> RedisRoundRobin:
    """A provider over the Redis of the tests."""
    return RedisRoundRobin(get_redis_connection("default"))


def test_turns_go_round_and_begin_with_the_first(turns: RoundRobin) -> None:
    assert [turns.next_index("team:a", 3) for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_each_context_counts_for_itself(turns: RoundRobin) -> None:
    turns.next_index("team:a", 3)

    assert turns.next_index("team:b", 3) == 0
    assert turns.next_index("team:a", 3) == 1


def test_another_number_of_candidates_goes_on_counting(turns: RoundRobin) -> None:
    for _ in range(5):
        turns.next_index("team:a", 3)

    assert turns.next_index("team:a", 4) == 1  # the sixth: 5 mod 4


@pytest.mark.parametrize("count", [0, -1])
def test_without_candidates_nothing_is_counted(turns: RoundRobin, count: int) -> None:
    assert turns.next_index("team:a", count) == 0
    assert get_redis_connection("default").exists(KEY) == 0
    assert turns.next_index("team:a", 2) == 0


def test_redis_holds_the_count_for_a_week_after_each_use() -> None:
    client = get_redis_connection("default")
    of_redis().next_index("team:a", 3)
    client.expire(KEY, 5)
    of_redis().next_index("team:a", 3)

    assert client.get(KEY) == b"2"
    assert 604_790 < client.ttl(KEY) <= 604_800


def test_one_turn_is_one_round_trip() -> None:
    client = get_redis_connection("default")
    turns = RedisRoundRobin(client)
    turns.next_index("team:a", 3)
    before = client.info("stats")["total_reads_processed"]
    for _ in range(10):
        turns.next_index("team:a", 3)

    assert client.info("stats")["total_reads_processed"] - before == 11  # and info itself


def test_memory_gives_each_thread_another_turn() -> None:
    turns = MemoryRoundRobin()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: turns.next_index("team:a", 8_000), range(8_000)))

    assert sorted(found) == list(range(8_000))


def test_four_processes_share_out_forty_thousand_turns(tmp_path: Path) -> None:
    def take(number: int) -> None:
        turns = of_redis()
        rows = (str(turns.next_index("team:a", 40_000)) for _ in range(10_000))
        (tmp_path / str(number)).write_text("\n".join(rows))

    children = [fork(partial(take, number)) for number in range(4)]
    assert wait_for(children) == [0, 0, 0, 0]

    found = Counter(
        int(line) for number in range(4) for line in (tmp_path / str(number)).read_text().split()
    )
    assert found == Counter(range(40_000))


@pytest.mark.parametrize("value", ["abc", "", "9223372036854775807", "1.5"])
def test_a_counter_that_is_no_number_is_an_error_of_redis(value: str) -> None:
    get_redis_connection("default").set(KEY, value)

    with pytest.raises(CounterError) as caught:
        of_redis().next_index("team:a", 3)
    failure = classify(caught.value)
    assert (failure.kind, failure.charged, failure.retryable) == ("counter", False, False)


def test_a_list_in_place_of_the_counter_is_an_error_of_redis() -> None:
    get_redis_connection("default").lpush(KEY, "a")

    with pytest.raises(CounterError, match="nothing was assigned"):
        of_redis().next_index("team:a", 3)


def test_a_negative_counter_still_gives_an_index() -> None:
    get_redis_connection("default").set(KEY, -5)

    assert of_redis().next_index("team:a", 3) == 1  # (-4 - 1) mod 3


def test_the_fifth_failure_opens_the_breaker_and_redis_is_left_alone() -> None:
    client = get_redis_connection("default")
    client.set(KEY, "abc")
    turns = RedisRoundRobin(client, breaker=Breaker())
    for _ in range(5):
        with pytest.raises(CounterError, match="as it must"):
            turns.next_index("team:a", 3)
    client.delete(KEY)

    began = time.perf_counter()
    with pytest.raises(CounterError, match="did not answer lately"):
        turns.next_index("team:a", 3)
    assert time.perf_counter() - began < 0.01
    assert client.exists(KEY) == 0


def test_a_turn_in_memory_takes_less_than_two_microseconds() -> None:
    turns = MemoryRoundRobin()
    rounds = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(10_000):
            turns.next_index("team:a", 7)
        rounds.append((time.perf_counter() - began) / 10_000)

    assert min(rounds) < 2e-6
