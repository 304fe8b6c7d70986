"""Where the turns of round robin are kept, and what to do when that is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass

from assignment.turns import where_turns_are_kept


@dataclass(frozen=True, kw_only=True)
class TurnKeeping:
    """The keeper's name, and a warning with its level; empty when all is well."""

    name: str
    level: str = ""
    warning: str = ""


def turn_keeping() -> TurnKeeping:
    """Return where this process keeps the turns; asks Redis when it is used (200 ms at most)."""
    return KEEPERS[where_turns_are_kept()]


KEEPERS = {
    "redis": TurnKeeping(name="Redis"),
    "memory": TurnKeeping(name="memory of each process"),
    "memory_instead": TurnKeeping(
        name="memory of each process",
        level="warn",
        warning="Redis did not answer when this process started: round robin counts in the "
        "memory of each process. Start Redis, then restart Interpool.",
    ),
    "redis_silent": TurnKeeping(
        name="Redis, silent",
        level="bad",
        warning="Redis does not answer: sessions that need a turn of the round robin wait. It is "
        "used again within 30 seconds of its return; nothing else to do than start it.",
    ),
}
