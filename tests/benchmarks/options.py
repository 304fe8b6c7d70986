"""What a run is asked for, by variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """``scale``: part of the full size. ``seconds``: what a rival solver may take."""

    scale: float
    seconds: float
    instances: Path | None

    def size(self, full: int, *, least: int = 1) -> int:
        """Return a size at this scale."""
        return max(least, round(full * self.scale))


def read_options() -> Options:
    """Return SCALE (1), SECONDS (60) and INSTANCES (none: generated ones); stops on nonsense."""
    instances = os.environ.get("INSTANCES")
    if instances and not Path(instances).is_dir():
        raise SystemExit("INSTANCES names no folder.")
    return Options(
        scale=_number("SCALE", 1.0),
        seconds=_number("SECONDS", 60.0),
        instances=Path(instances) if instances else None,
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise SystemExit(f"{name} must be a number above 0.")
    return value
