"""Whose turn it is: a counter a context, in memory or in Redis.

``next_index`` counts up and takes the remainder, so that callers at once get turns that
differ. Fairness never depends on it: over a list that is filtered differently each time, the
remainder starves people.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from redis import Redis, RedisError

from assignment.engine.breaker import Breaker
from assignment.errors import CounterError

KEY = "assignment:rr:{}"
KEPT_SECONDS = 604_800
"""A counter that nobody uses for a week is forgotten."""
LAST_NUMBER = 2**63 - 1
"""Where a counter of Redis cannot be counted up any more."""


class RoundRobin(Protocol):
    """What gives out turns."""

    def next_index(self, context_key: str, candidate_count: int) -> int:
        """Return the next index in [0, candidate_count); 0 for no candidates, uncounted."""


class MemoryRoundRobin:
    """Counters of this process alone, lost when it ends."""

    def __init__(self) -> None:
        self._turns: dict[str, Iterator[int]] = {}
        self._making = threading.Lock()

    def next_index(self, context_key: str, candidate_count: int) -> int:
        """Return the next index; safe between threads."""
        if candidate_count <= 0:
            return 0
        try:
            turns = self._turns[context_key]
        except KeyError:
            with self._making:
                turns = self._turns.setdefault(context_key, itertools.count())
        return next(turns) % candidate_count


class RedisRoundRobin:
    """Counters that all processes on all hosts share.

    The client must have short timeouts and no retries of its own: a counter that timed out
    may have been counted.
    """

    def __init__(self, client: Redis, *, breaker: Breaker | None = None) -> None:
        self._client, self.breaker = client, breaker or Breaker()

    def next_index(self, context_key: str, candidate_count: int) -> int:
        """Return the next index in one round trip.

        Raises CounterError when Redis does not answer in time or the counter is none; at
        once, without asking, while the breaker is open.
        """
        if candidate_count <= 0:
            return 0
        self.breaker.require_closed()
        key = KEY.format(context_key)
        try:
            steps = self._client.pipeline(transaction=False)
            steps.incr(key)
            steps.expire(key, KEPT_SECONDS)
            number = int(steps.execute()[0])
        except (RedisError, OSError, TypeError, ValueError) as error:
            self.breaker.failed()
            raise CounterError(
                "Redis, which keeps the turns, does not answer as it must: nothing was assigned; "
                "it is tried again by itself."
            ) from error
        self.breaker.succeeded()
        return (number - 1) % candidate_count

    def wrong_counters(self, context_keys: Sequence[str]) -> list[str]:
        """Return the contexts whose counter is no number that can be counted up: one round trip.

        Raises RedisError.
        """
        steps = self._client.pipeline(transaction=False)
        for key in context_keys:
            steps.get(KEY.format(key))
        found = steps.execute(raise_on_error=False)
        return [key for key, value in zip(context_keys, found, strict=True) if not _counts(value)]

    def forget(self, context_key: str) -> None:
        """Write: begin the round of a context anew. Raises RedisError."""
        self._client.delete(KEY.format(context_key))

    def answers(self) -> bool:
        """Tell whether Redis answers now; asks it unless the breaker is open."""
        try:
            self.breaker.require_closed()
            self._client.ping()
        except CounterError:
            return False
        except (RedisError, OSError):
            self.breaker.failed()
            return False
        self.breaker.succeeded()
        return True


def _counts(value: object) -> bool:
    """Tell whether INCR would take this value: nothing yet, or a whole number below the last."""
    if value is None:
        return True
    if not isinstance(value, bytes) or not re.fullmatch(rb"-?[0-9]{1,19}", value):
        return False
    return int(value) < LAST_NUMBER
