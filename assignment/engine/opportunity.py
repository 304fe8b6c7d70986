"""Equal share of opportunity: the minutes of a booking, split over those who could have had it.

The people of one booking are kept as a bit mask of interpreter ids, one bit a person, the
lowest id first: 125 bytes for 1,000 people. Masks are split byte by byte through tables of the
256 values a byte can have, so that a booking costs one step for eight people.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import getitem

VALUES = 256


def pack_people(person_ids: Iterable[int]) -> bytes:
    """Return the ids as a bit mask."""
    ids = tuple(person_ids)
    mask = bytearray(max(ids, default=-1) // 8 + 1)
    for person_id in ids:
        mask[person_id // 8] |= 1 << person_id % 8
    return bytes(mask)


def unpack_people(mask: bytes | memoryview) -> Iterator[int]:
    """Yield the ids of a bit mask, ascending."""
    for place, byte in enumerate(bytes(mask)):
        for bit in range(8):
            if byte >> bit & 1:
                yield place * 8 + bit


def split_by_weight(
    shared: Iterable[tuple[bytes, int]], *, weights: Mapping[int, float]
) -> dict[int, float]:
    """Return the seconds each person is entitled to, by id.

    ``shared``: mask and seconds of each booking, or of bookings with equal masks together. Ids
    without a weight get nothing.
    """
    tables = _tables(weights)
    sums = [[0.0] * VALUES for _ in tables]
    for mask, seconds in shared:
        weight = sum(map(getitem, tables, mask))
        if weight:
            rate = seconds / weight
            for row, byte in zip(sums, mask, strict=False):
                row[byte] += rate
    return {
        person_id: weight * _rate(sums[person_id // 8], bit=person_id % 8)
        for person_id, weight in weights.items()
    }


def _tables(weights: Mapping[int, float]) -> list[list[float]]:
    """Return, for each byte of a mask, the weight of the people of each of its values."""
    tables = []
    for place in range(max(weights, default=-1) // 8 + 1):
        row = [0.0]
        for bit in range(8):
            weight = weights.get(place * 8 + bit, 0.0)
            row += [weight + known for known in row]
        tables.append(row)
    return tables


def _rate(row: list[float], *, bit: int) -> float:
    """Return the sum over the values of a byte that hold the bit."""
    return sum(rate for byte, rate in enumerate(row) if rate and byte >> bit & 1)
