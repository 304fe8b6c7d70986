"""Python's collector of cycles, kept from looking again and again at what is only being made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_rest() -> Iterator[None]:
    """Let the collector rest: for work that makes very many objects and no cycles of them.

    Whatever is no longer used is freed as ever; only cycles wait until the end. Where the
    collector rests already, or another thread wakes it, nothing but speed changes.
    """
    was_awake = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_awake:
            gc.enable()
