"""Turns refs and numbers that a person typed into rows."""

from __future__ import annotations

from collections.abc import Iterable

from assignment.errors import InputError
from assignment.models import Booking
from pooling.models import Plan, PlanRow


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


def plan_of(number: str) -> Plan:
    """Return the plan of this number; raises InputError when there is none."""
    known = number.isascii() and number.isdigit() and len(number) < 18
    plan = Plan.objects.filter(pk=number).first() if known else None
    if plan is None:
        raise InputError(f"There is no plan {number[:20]}: a --dry-run makes one.")
    return plan


def rows_left_out(plan: Plan, refs: Iterable[str]) -> list[int]:
    """Return the ids of bookings of this plan; raises InputError that names all others."""
    ids = booking_ids(refs)
    rows = PlanRow.objects.filter(plan=plan, booking_id__in=ids)
    known = set(rows.values_list("booking__ref", flat=True))
    others = sorted(set(refs) - known)
    if others:
        raise InputError(f"{', '.join(others[:5])[:200]}: not in {plan}, so not to be left out.")
    return ids
