"""Whether somebody would get a booking once the one thing is lifted that stands in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from assignment.engine.loading import load_facts, load_requests
from assignment.engine.pipeline import shortlist
from assignment.engine.prospects import Prospect, prospect
from assignment.engine.reasons import PLAIN
from assignment.models import Booking
from assignment.policies import current_policy
from assignment.snapshot import read_snapshot


def places_if_cured(booking: Booking, *, refs: Collection[str], now: dt.datetime) -> dict[str, str]:
    """Return, by ref of these interpreters, where they would stand now without what is in the way.

    As if nobody had the booking yet. Writes nothing; a constant number of queries.
    """
    with read_snapshot():
        policy = current_policy()
        rows = Booking.objects.filter(pk=booking.pk).select_related("team")
        requests = load_requests(rows, as_if_unbound=True)
        facts = load_facts(
            requests,
            now=now,
            window_days=policy.weighting.fairness_window_days,
            without_booking=booking.pk,
            policy=policy,
        )
    told: dict[str, str] = {}
    for request in requests:
        listed = shortlist(request.needs, people=facts.people)
        for person in facts.people:
            if person.ref in refs:
                found = prospect(
                    person, request, facts=facts, policy=policy, now=now, listed=listed
                )
                told[person.ref] = _sentence(found, needed=request.needed)
    return told


def _sentence(found: Prospect, *, needed: int) -> str:
    if found.place is None:
        words = ", ".join(PLAIN[row.rule] for row in found.broken)
        return f"As things stand now: {words}."
    gets = ", and so it would be theirs" if found.place <= needed else ""
    when = "As things stand now" if found.can else "With that lifted, as things stand now"
    if found.broken:
        when = f"{when} ({PLAIN[found.broken[0].rule]})"
    return f"{when}: place {found.place} of {found.of}{gets}."
