"""How a booking came out of a joint decision. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class JointView:
    """How a booking came out of a joint decision: who has or could have it, best first.

    Columns, since a plan tells of each person and booking. ``people``: ids. ``above``: minutes
    above the fair share without this booking, beside all else that was decided. ``points``:
    millionths of a point of the score. ``idle``: minutes since the last work, at most the
    fairness window. The stable hash of who is alike in all that is made from ``booking``, its
    ref. ``minutes``: its length. ``together``: how many bookings were decided together.
    """

    booking: str
    people: tuple[int, ...]
    above: tuple[int, ...]
    points: tuple[int, ...]
    idle: tuple[int, ...]
    minutes: int
    together: int
