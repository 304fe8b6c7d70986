"""The stored form of a choice, read: with everything that ``record`` left out put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assignment.engine.record import unpack
from assignment.engine.scoring import NEVER, stable_hash

LEAN = 2
"""The first version of a record that leaves out what can be told without loss."""


def unpack_choice(record: bytes | memoryview, *, refs: Sequence[str]) -> dict[str, Any]:
    """Return the record of a choice, ``ranked`` best first, each score column as long as it.

    ``refs``: those of its roster, by ordinal. Beside the columns of the record there is
    ``hash``, and ``soft_rules`` are those that each of the ranked breaks.
    """
    found: dict[str, Any] = unpack(record)
    if found["v"] < LEAN:
        return found
    booking: str = found["booking"]
    if "joint" in found:
        joint = found["joint"]
        joint["hash"] = [stable_hash(booking, refs[ordinal]) for ordinal in joint["people"]]
    scores = {name: column_of(found, name) for name in found["scores"]}
    scores["hash"] = [stable_hash(booking, refs[ordinal]) for ordinal in found["ranked"]]
    soft: list[list[str]] = [[] for _ in found["ranked"]]
    for place, *broken in found["soft_rules"]:
        soft[place] = broken
    whole = found | {"scores": scores, "soft_rules": soft}
    order = sorted(range(len(found["ranked"])), key=lambda place: merit_of(whole, place=place))
    return whole | {
        "ranked": [found["ranked"][place] for place in order],
        "scores": {name: [column[place] for place in order] for name, column in scores.items()},
        "soft_rules": [soft[place] for place in order],
    }


def column_of(record: Mapping[str, Any], name: str) -> list[Any]:
    """Return a figure of everybody ranked, in the order in which the record has them."""
    found = record["scores"][name]
    return found if isinstance(found, list) else [found] * len(record["ranked"])


def merit_of(record: Mapping[str, Any], *, place: int) -> tuple[bool, float, float, float, str]:
    """Return the sort key of somebody in a whole record: pinned, score, deficit, idle, hash."""
    scores = record["scores"]
    idle = scores["idle_days"][place]
    return (
        record["ranked"][place] not in record["pinned"],
        -scores["total"][place],
        -scores["deficit"][place],
        -(NEVER if idle is None else idle),
        scores["hash"][place],
    )
