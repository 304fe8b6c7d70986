"""Keeps who could have had a booking beside its decision; the only writer of ``Opportunity``."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from assignment.engine.opportunity import pack_people, unpack_people
from assignment.engine.record import people_who_could, reading
from assignment.inserting import put_rows
from assignment.models import Opportunity


def keep_opportunities(
    records: Mapping[int, bytes | memoryview | None],
    *,
    beside: Mapping[int, Collection[int]] | None = None,
) -> None:
    """Write, in one statement: who could have had each booking, from its decision's record.

    ``records`` by booking id; the latest decision replaces what an earlier one found. A record
    is unpacked once in its life here, and never when the ledger is read. ``beside``: who has
    other places of a booking, which the decision was not about.
    """
    with reading("a choice"):
        found = {
            booking_id: people_who_could(record) for booking_id, record in records.items() if record
        }
    others = beside or {}
    masks = ((key, mask) for key, mask in found.items() if mask is not None)
    put_rows(
        Opportunity,
        ("booking_id", "people"),
        ((booking_id, _with(mask, others.get(booking_id, ()))) for booking_id, mask in masks),
    )


def _with(mask: bytes, person_ids: Collection[int]) -> bytes:
    """Return the mask with these people in it as well."""
    return pack_people({*unpack_people(mask), *person_ids}) if person_ids else mask
