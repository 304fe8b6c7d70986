"""Schedules and groups, made after every migrate; idempotent."""

from __future__ import annotations

from typing import Any


def install(*, using: str, **_: Any) -> None:
    """Create what is missing."""
