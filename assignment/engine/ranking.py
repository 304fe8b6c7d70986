"""Puts the scores of one booking in order, and tells what separated the chosen from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assignment.engine.request import Person, Request
from assignment.engine.scoring import Score, merit, stable_hash


def by_merit(
    rows: Sequence[Score], *, request: Request, people: Mapping[int, Person], places: int
) -> tuple[Score, ...]:
    """Return the scores, pinned people first, then best first.

    Ties are broken by the stable hash as far as they reach into the first so many ``places``; a
    plan asks for as many as it needs, since the hash of everybody would be its largest cost.
    """
    ranked = sorted(rows, key=merit)
    pinned, place = request.pinned, 0
    settled = len(ranked) if pinned else min(places, len(ranked))
    while place < settled:
        alike = _alike(ranked, start=place)
        if alike > 1:
            ranked[place : place + alike] = sorted(
                ranked[place : place + alike],
                key=lambda row: stable_hash(request.ref, people[row.person_id].ref),
            )
        place += alike
    if pinned:
        ranked.sort(key=lambda row: row.person_id not in pinned)
    return tuple(ranked)


def _alike(ranked: Sequence[Score], *, start: int) -> int:
    """Return how many from ``start`` on are of equal merit."""
    first = merit(ranked[start])
    for place in range(start + 1, len(ranked)):
        if merit(ranked[place]) != first:
            return place - start
    return len(ranked) - start


def tie_break(
    ranked: Sequence[Score], *, count: int, request: Request, people: Mapping[int, Person]
) -> tuple[str, float | str] | None:
    """Return which figure separated the last chosen from the first not chosen, and its value."""
    if count == 0 or count >= len(ranked):
        return None
    last, following = ranked[count - 1], ranked[count]
    if last.person_id in request.pinned:
        return ("pinned", last.total)
    if last.total != following.total:
        return ("score", last.total)
    if last.deficit != following.deficit:
        return ("deficit", last.deficit)
    if last.idle_days != following.idle_days:
        return ("idle_days", "never" if last.idle_days is None else last.idle_days)
    return ("hash", stable_hash(request.ref, people[last.person_id].ref))
