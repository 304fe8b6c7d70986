"""Equal share of opportunity: the minutes of a booking, split over those who could have had it.

The people of one booking are kept as a bit mask of interpreter ids, one bit a person, the
lowest id first: 125 bytes for 1,000 people. Bookings that are split by the same weight are added
up together, in whole seconds and all people at once: their masks are summed bit by bit into
planes, of which the n-th holds the n-th binary digit of everybody's sum (a carry-save adder). So
a booking costs a few operations on whole masks, whoever could have had it and how long it is.
Pure; the order of the bookings changes nothing, not even in the last digit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    length = max(weights, default=-1) // 8 + 1
    sums = [[0.0] * VALUES for _ in range(length)]
    for total, parts in sorted(_by_total(shared, weights=weights).items()):
        unit = math.gcd(*(seconds for _, seconds in parts))
        counted = ((people, seconds // unit) for people, seconds in parts)
        for digit, plane in enumerate(_planes(counted)):
            share = unit * 2**digit / total
            for row, byte in zip(sums, plane.to_bytes(length, "little"), strict=True):
                if byte:
                    row[byte] += share
    return {
        person_id: weight * _with_bit(sums[person_id // 8], bit=person_id % 8)
        for person_id, weight in weights.items()
    }


def _by_total(
    shared: Iterable[tuple[bytes, int]], *, weights: Mapping[int, float]
) -> dict[float, list[tuple[int, int]]]:
    """Return the masks of known people, with the seconds, by the weight of their people."""
    known: dict[float, int] = defaultdict(int)
    for person_id, weight in weights.items():
        known[weight] |= 1 << person_id
    classes = tuple(sorted(known.items()))
    everybody = sum(mask for _, mask in classes)
    found: dict[float, list[tuple[int, int]]] = defaultdict(list)
    for mask, seconds in shared:
        people = int.from_bytes(mask, "little") & everybody
        total = 0.0
        for weight, alike in classes:
            total += weight * (people & alike).bit_count()
        if total and seconds:
            found[total].append((people, seconds))
    return found


def _planes(counted: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Yield, lowest first, the binary digits of everybody's sum: of the numbers of their masks."""
    levels: dict[int, list[int]] = defaultdict(list)
    for mask, number in counted:
        for place in range(number.bit_length()):
            if number >> place & 1:
                levels[place].append(mask)
    place, carried = 0, list[int]()
    while levels or carried:
        plane, carried = _add([*carried, *levels.pop(place, ())])
        yield plane
        place += 1


def _add(masks: list[int]) -> tuple[int, list[int]]:
    """Return the lowest binary digit of how many of the masks hold each bit, and the carries."""
    plane = masks.pop() if len(masks) % 2 else 0
    carried = []
    for first, second in zip(masks[::2], masks[1::2], strict=True):
        either = plane ^ first
        carried.append((plane & first) | (either & second))
        plane = either ^ second
    return plane, carried


def _with_bit(row: Sequence[float], *, bit: int) -> float:
    """Return the sum over the values of a byte that hold the bit."""
    return sum(seconds for byte, seconds in enumerate(row) if seconds and byte >> bit & 1)
