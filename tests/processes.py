"""Looking at processes, as /proc shows them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until the condition holds; fails the test if it does not within these seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {condition}"
        time.sleep(0.05)


def stat_of(process: Path) -> list[str]:
    """The fields after the name: state, parent, group, session, …; empty if it has ended."""
    with suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()
    return []


def living() -> dict[int, list[str]]:
    """The fields of every process that has not ended, by its number."""
    fields = {int(path.name): stat_of(path) for path in Path("/proc").glob("[0-9]*")}
    return {number: stat for number, stat in fields.items() if stat and stat[0] != "Z"}


def children_of(parent: int) -> list[int]:
    """The children of a process, oldest first."""
    return sorted(number for number, stat in living().items() if int(stat[1]) == parent)


def members_of(group: int) -> list[int]:
    """The processes of a group."""
    return sorted(number for number, stat in living().items() if int(stat[2]) == group)


def descendants_of(parent: int) -> list[int]:
    """The children of a process, their children, and so on."""
    children = children_of(parent)
    return children + [number for child in children for number in descendants_of(child)]
