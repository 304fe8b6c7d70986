"""How much may be searched: steps, which are counted, and a wall clock that only guards."""

from __future__ import annotations

import time


class Budget:
    """Steps that are left; the same steps are taken on every machine.

    ``seconds`` is a safety stop; whether it was hit, here or in a part, is kept in
    ``stopped_by_clock``. A part counts in its whole too.
    """

    def __init__(
        self, steps: int, *, seconds: float | None = None, whole: Budget | None = None
    ) -> None:
        self.left = steps
        self.whole = whole
        self.ends = None if seconds is None else time.monotonic() + seconds
        self.stopped_by_clock = False

    def take(self, steps: int) -> None:
        """Count steps."""
        self.left -= steps
        if self.whole is not None:
            self.whole.take(steps)

    def part(self, steps: int) -> Budget:
        """Return a budget of at most so many of these steps."""
        return Budget(steps, whole=self)

    def end_early(self, fraction: float) -> None:
        """Stop, by the clock, after a fraction of the time that the whole has left."""
        if self.whole is not None and self.whole.ends is not None:
            now = time.monotonic()
            self.ends = now + fraction * max(0.0, self.whole.ends - now)

    def is_spent(self) -> bool:
        """Whether the search must end."""
        if self.ends is not None and time.monotonic() > self.ends:
            self._note_the_clock()
            return True
        return self.left <= 0 or (self.whole is not None and self.whole.is_spent())

    def _note_the_clock(self) -> None:
        self.stopped_by_clock = True
        if self.whole is not None:
            self.whole._note_the_clock()
