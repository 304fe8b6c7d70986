"""How a booking came out of a joint decision. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class JointPlace:
    """One person in the ranking of a joint decision, beside all else that it decided.

    ``above``: minutes above the fair share without this booking. ``points``: millionths of a
    point of the score. ``idle``: minutes since the last work, at most the fairness window.
    """

    person_id: int
    above: int
    points: int
    idle: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class JointView:
    """How a booking came out of a joint decision: who has or could have it, best first.

    ``minutes``: its length. ``together``: how many bookings were decided together.
    """

    places: tuple[JointPlace, ...]
    minutes: int
    together: int
