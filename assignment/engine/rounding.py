"""Rounding figures that are compared: below nine decimals is the noise of binary fractions."""

from __future__ import annotations

from functools import lru_cache

DIGITS = 9


@lru_cache(maxsize=100_000)
def rounded(value: float) -> float:
    """Return the value with nine decimals, never a negative zero.

    Exact rounding is slow and a plan asks for the same few figures again and again, so that they
    are kept. Give a float: an equal integer would be answered from the same place.
    """
    return round(value, DIGITS) + 0.0
