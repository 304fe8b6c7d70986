"""Stops asking a server that does not answer, so that nothing waits for it again and again."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from assignment.errors import CounterError

FAILURES = 5
SECONDS = 30.0


class Breaker:
    """Opens for 30 seconds after five failures within 30; then one call tries again.

    Safe between threads. ``clock`` gives monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._open_until: float | None = None
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether calls are refused now."""
        until = self._open_until
        return until is not None and self._clock() < until

    def require_closed(self) -> None:
        """Raise CounterError while the breaker is open."""
        if self._open_until is None:
            return
        with self._lock:
            if self.is_open:
                raise CounterError(
                    "Redis, which keeps the turns, did not answer lately: nothing was assigned; "
                    "it is tried again within 30 seconds."
                )
            if self._open_until is not None:
                self._open_until = self._clock() + SECONDS  # others wait for this one's answer

    def failed(self) -> None:
        """Count a failure; the fifth within 30 seconds opens, and so does a failed trial."""
        with self._lock:
            now = self._clock()
            self._failures.append(now)
            often = len(self._failures) == FAILURES and now - self._failures[0] <= SECONDS
            if often or self._open_until is not None:
                self._open_until = now + SECONDS

    def succeeded(self) -> None:
        """Close again."""
        if self._open_until is None and not self._failures:
            return
        with self._lock:
            self._failures.clear()
            self._open_until = None
