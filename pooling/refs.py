"""Turns refs that a person typed into ids."""

from __future__ import annotations

from collections.abc import Iterable

from assignment.errors import InputError
from assignment.models import Booking


def booking_ids(refs: Iterable[str]) -> list[int]:
    """Return the ids of these bookings; raises InputError that names the unknown refs."""
    wanted = sorted(set(refs))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 1_000):
        part = Booking.objects.filter(ref__in=wanted[start : start + 1_000])
        found |= dict(part.values_list("ref", "pk"))
    unknown = [ref[:64] for ref in wanted if ref not in found]
    if unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise InputError(f"There is no booking {', '.join(unknown[:5])}{more}.")
    return list(found.values())
