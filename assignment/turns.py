"""Which round robin this process uses: Redis where it is configured and answers, else memory."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Literal

from django.conf import settings
from django_redis import get_redis_connection
from redis import RedisError

from assignment.engine.round_robin import MemoryRoundRobin, RedisRoundRobin, RoundRobin

log = logging.getLogger(__name__)

Kept = Literal["memory", "memory_instead", "redis", "redis_silent"]


@lru_cache(maxsize=1)
def round_robin() -> RoundRobin:
    """Return the round robin of this process, chosen at its first use and kept to its end.

    A Redis that fails later is an error of each turn; it is never replaced by memory.
    """
    if not settings.REDIS_URL:
        return MemoryRoundRobin()
    client = get_redis_connection("default")
    try:
        client.ping()
    except (RedisError, OSError) as error:
        log.warning("Redis does not answer (%s): turns are kept in memory", type(error).__name__)
        return MemoryRoundRobin()
    return RedisRoundRobin(client)


def where_turns_are_kept() -> Kept:
    """Return where the turns are kept, and whether that is as it should be.

    ``memory_instead``: Redis is configured and did not answer when this process started.
    ``redis_silent``: it does not answer now.
    """
    kept = round_robin()
    if isinstance(kept, RedisRoundRobin):
        return "redis" if kept.answers() else "redis_silent"
    return "memory_instead" if settings.REDIS_URL else "memory"
