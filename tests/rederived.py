"""Whom a stored record makes the choice: own code, from the figures alone."""

from __future__ import annotations

import hashlib
from typing import Any

Row = dict[str, Any]


def rederived(record: Row, *, refs: list[str], booking: str) -> list[str]:
    """Whom the figures of a record put first, pinned people before all others."""
    if "joint" in record:
        return jointly_rederived(record["joint"], record, refs=refs, booking=booking)
    weights = record["weights"]
    ranking = []
    for place, ordinal in enumerate(record["ranked"]):
        row = {
            name: values[place] if isinstance(values, list) else values
            for name, values in record["scores"].items()
        }
        total = (
            weights["fairness"] * row["fairness"]
            + weights["urgency"] * record["urgency"]
            + weights["lrs"] * row["lrs"]
            + sum(row[name] for name in ("dr", "preference", "continuity", "soft"))
        )
        assert abs(total - row["total"]) < 1e-6, f"{booking}: {refs[ordinal]} has another score"
        text = f"{booking}|{refs[ordinal]}".encode()
        last = hashlib.sha256(text).hexdigest()[:16]
        idle = float("inf") if row["idle_days"] is None else row["idle_days"]
        pinned = ordinal in record["pinned"]
        ranking.append((not pinned, -row["total"], -row["deficit"], -idle, last, refs[ordinal]))
    return [row[-1] for row in sorted(ranking)[: record["needed"]]]


def jointly_rederived(joint: Row, record: Row, *, refs: list[str], booking: str) -> list[str]:
    """Whom a joint decision puts first: lowest against the share, then points, then idle."""
    ranking = []
    for place, ordinal in enumerate(joint["people"]):
        last = hashlib.sha256(f"{booking}|{refs[ordinal]}".encode()).hexdigest()[:16]
        figures = (joint["above"][place], -joint["points"][place], -joint["idle"][place])
        ranking.append((ordinal not in record["pinned"], *figures, last, refs[ordinal]))
    return [row[-1] for row in sorted(ranking)[: len(record["chosen"])]]
