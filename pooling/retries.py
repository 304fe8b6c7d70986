"""How long to wait before the next attempt. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib

BASE = dt.timedelta(seconds=30)
CAP = dt.timedelta(minutes=15)
SAFETY = dt.timedelta(minutes=30)
MAX_CLAIMS = 5
"""So many claims in the ordinary way; the next one decides that entry alone, then it fails."""


def backoff(ref: str, *, attempt: int) -> dt.timedelta:
    """Return min(cap, base * 2 ** (attempt - 1)) * U(0.8, 1.2).

    The jitter is drawn from a hash of (ref, attempt): spread over entries, equal in a
    repetition.
    """
    steps = min(max(attempt, 1) - 1, 10)
    wait: dt.timedelta = min(CAP, BASE * 2**steps)
    digest = hashlib.sha256(f"{ref}|{attempt}".encode()).digest()
    draw = int.from_bytes(digest[:8]) / 2**64
    return wait * (0.8 + 0.4 * draw)


def next_attempt(
    ref: str, *, attempt: int, starts_at: dt.datetime, now: dt.datetime
) -> dt.datetime | None:
    """Return when to try again, or None when that would pass start - 30 min."""
    moment = now + backoff(ref, attempt=attempt)
    return None if moment > starts_at - SAFETY else moment
