"""Equal share of opportunity: the minutes of a booking, split over those who could have had it.

The people of one booking are kept as a bit mask of interpreter ids, one bit a person, the
lowest id first: 125 bytes for 1,000 people. Bookings that give equally much to each of their
people are added up together, all people at once: their masks are summed bit by bit into planes,
of which the n-th holds the n-th binary digit of everybody's count (a carry-save adder). So a
booking costs a few operations on whole masks, whoever could have had it.
Pure; the order of the bookings changes nothing, not even in the last digit.
"""

from __future__ import annotations

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
    for rate, masks in sorted(_by_rate(shared, weights=weights).items()):
        for digit, plane in enumerate(_planes(masks)):
            seconds = rate * 2**digit
            for row, byte in zip(sums, plane.to_bytes(length, "little"), strict=True):
                if byte:
                    row[byte] += seconds
    return {
        person_id: weight * _with_bit(sums[person_id // 8], bit=person_id % 8)
        for person_id, weight in weights.items()
    }


def _by_rate(
    shared: Iterable[tuple[bytes, int]], *, weights: Mapping[int, float]
) -> dict[float, list[int]]:
    """Return the masks of known people by how many seconds a weight of 1 gets of a booking."""
    known: dict[float, int] = defaultdict(int)
    for person_id, weight in weights.items():
        known[weight] |= 1 << person_id
    classes = tuple(sorted(known.items()))
    everybody = sum(mask for _, mask in classes)
    found: dict[float, list[int]] = defaultdict(list)
    for mask, seconds in shared:
        people = int.from_bytes(mask, "little") & everybody
        total = 0.0
        for weight, alike in classes:
            total += weight * (people & alike).bit_count()
        if total:
            found[seconds / total].append(people)
    return found


def _planes(masks: Sequence[int]) -> Iterator[int]:
    """Yield, lowest first, the binary digits of how many of the masks hold each bit."""
    rest = list(masks)
    while rest:
        plane = rest.pop() if len(rest) % 2 else 0
        carried = []
        for first, second in zip(rest[::2], rest[1::2], strict=True):
            either = plane ^ first
            carried.append((plane & first) | (either & second))
            plane = either ^ second
        yield plane
        rest = carried


def _with_bit(row: Sequence[float], *, bit: int) -> float:
    """Return the sum over the values of a byte that hold the bit."""
    return sum(seconds for byte, seconds in enumerate(row) if seconds and byte >> bit & 1)
