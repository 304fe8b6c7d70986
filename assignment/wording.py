"""Numbers with the noun that they count, and texts as sentences."""

from __future__ import annotations


def counted(number: float, one: str, many: str) -> str:
    """Return such as ``1 entry``, ``0 entries`` or ``1,500 entries``."""
    if isinstance(number, int):
        return f"{number:,} {one if number == 1 else many}"
    return f"{number:g} {one if number == 1 else many}"


def ended(text: str) -> str:
    """Return a text as a sentence: with a full stop, unless it ends with a mark."""
    return f"{text}." if text and text[-1] not in ".!?" else text
