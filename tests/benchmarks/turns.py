"""Turns of the round robin: Redis against a bare pipelined INCR and EXPIRE, and memory."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from django_redis import get_redis_connection
from redis import Redis

from tests.benchmarks.measuring import Side, compare, median_seconds
from tests.benchmarks.options import Options
from tests.benchmarks.table import Row, limit_row, ratio_row

TURNS = 2_000
IN_MEMORY = 100_000
WEEK = 604_800


def measure(options: Options) -> Iterator[Row]:
    """Yield a turn from Redis and a turn from memory."""
    rules = import_module("assignment.engine.round_robin")
    client: Redis = get_redis_connection("default")
    turns, memory = rules.RedisRoundRobin(client), rules.MemoryRoundRobin()

    def ours() -> int:
        return [turns.next_index("ours", 7) for _ in range(TURNS)][-1]

    def bare() -> int:
        for _ in range(TURNS):
            steps = client.pipeline(transaction=False)
            steps.incr("bare")
            steps.expire("bare", WEEK)
            number = steps.execute()[0]
        return (int(number) - 1) % 7

    def remembered() -> None:
        for _ in range(IN_MEMORY):
            memory.next_index("ours", 7)

    pair = compare(Side(run=ours), Side(run=bare))
    yield ratio_row(
        "round robin on Redis: a turn, a bare INCR and EXPIRE", pair, at_most=1.15, per=TURNS
    )
    each = median_seconds(remembered) / IN_MEMORY
    yield limit_row("round robin in memory: a turn", each * 1e6, at_most=2, unit="us", runs=5)
    client.flushdb()
