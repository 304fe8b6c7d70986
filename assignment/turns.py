"""Which round robin this process uses: Redis where it is configured and answers, else memory."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from django.conf import settings
from django_redis import get_redis_connection
from redis import RedisError

from assignment.audit import Actor, Entry, record
from assignment.engine.round_robin import MemoryRoundRobin, RedisRoundRobin, RoundRobin
from assignment.models import Desk

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


def desks_with_wrong_counters() -> tuple[int, list[Desk]]:
    """Return how many counters were looked at, and the desks whose counter is no number.

    None while memory keeps the turns or Redis does not answer: the dashboard says that.
    """
    kept = round_robin()
    if not isinstance(kept, RedisRoundRobin):
        return 0, []
    desks = {context_key(row): row for row in Desk.objects.order_by("pk")}
    try:
        wrong = kept.wrong_counters(list(desks))
    except (RedisError, OSError):
        return 0, []
    return len(desks), [desks[key] for key in wrong]


def forget_wrong_counters(desk_ids: Sequence[int], *, actor: Actor) -> int:
    """Write: delete the counters of these desks that are no numbers, one audit event each."""
    kept = round_robin()
    _, wrong = desks_with_wrong_counters()
    rows = [desk for desk in wrong if desk.pk in desk_ids]
    if not isinstance(kept, RedisRoundRobin):
        return 0
    for desk in rows:
        entry = Entry(
            action="repair",
            object_type="desk",
            object_ref=str(desk.pk),
            reason=f"The round-robin counter of {context_key(desk)} was no number: it begins anew.",
        )
        record([entry], actor=actor)
        kept.forget(context_key(desk))
    return len(rows)


def context_key(desk: Desk) -> str:
    """Return the round-robin context of a desk: its team, else its tenant."""
    return f"team:{desk.team_id}" if desk.team_id is not None else f"tenant:{desk.tenant_id}"
