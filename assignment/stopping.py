"""A polite end: SIGTERM lets the work under way finish its chunk and claim no more.

The mark lies in memory that forks share, so that the worker processes of a cluster see what
its main process was told.
"""

from __future__ import annotations

import mmap
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assignment.errors import RefusedError

_MARK = mmap.mmap(-1, 1)


class StoppedError(RefusedError):
    """The process was told to end; nothing is lost."""

    code = "stopped"


def ask(*_: object) -> None:
    """Ask this process and its forks to end soon (a signal handler)."""
    _MARK[0] = 1


def is_asked() -> bool:
    """Tell whether somebody asked."""
    return bool(_MARK[0])


def require_going_on() -> None:
    """Raise StoppedError when somebody asked."""
    if is_asked():
        raise StoppedError(
            "Stopped as asked: what is left is done by the next tick, or by the same command again."
        )


@contextmanager
def politely() -> Iterator[None]:
    """Let SIGTERM ask, instead of ending this process at once, inside the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield
    finally:
        _MARK[0] = 0
        signal.signal(signal.SIGTERM, before)
