"""The ref that a form proposes for a new booking or session."""

from __future__ import annotations

import re

from assignment.models import Booking, Session

NUMBERED = re.compile(r"(?P<name>.*?)(?P<number>[0-9]{1,12})", re.DOTALL)
MOST_TRIES = 100
HELP = "Letters, digits and . _ : / - only. It stays for good; the next free one is proposed."


def next_ref(model: type[Booking] | type[Session], *, first: str) -> str:
    """Return the ref after the latest row's, counted on to a free one.

    ``first`` when there is no row; empty when the latest ref ends in no number, or when the
    next 100 are taken.
    """
    latest = model._default_manager.order_by("-pk").values_list("ref", flat=True).first()
    if latest is None:
        return first
    found = NUMBERED.fullmatch(latest)
    if found is None:
        return ""
    start, width = int(found["number"]) + 1, len(found["number"])
    refs = [f"{found['name']}{number:0{width}}" for number in range(start, start + MOST_TRIES)]
    taken = set(model._default_manager.filter(ref__in=refs).values_list("ref", flat=True))
    return next((ref for ref in refs if ref not in taken), "")
