"""Numbers with the noun that they count."""

from __future__ import annotations


def counted(number: float, one: str, many: str) -> str:
    """Return such as ``1 entry``, ``0 entries`` or ``1,500 entries``."""
    if isinstance(number, int):
        return f"{number:,} {one if number == 1 else many}"
    return f"{number:g} {one if number == 1 else many}"
