"""The verdict on one person, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHOSEN, OUTRANKED, REJECTED = "chosen", "outranked", "rejected"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The verdict on one person: chosen, outranked at ``place``, or rejected by ``rule``.

    ``cure``: what would have to change for the person to get it, one sentence.
    """

    interpreter: str
    name: str
    verdict: str
    rule: str
    reason: str
    cure: str
    place: int | None
    score: float | None
    parts: Mapping[str, float]
    values: Mapping[str, Any]
