"""The fairness gap: nobody runs too far ahead of the least loaded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from assignment.engine.rounding import rounded


@dataclass(frozen=True, kw_only=True, slots=True)
class GapView:
    """Which limit held: level 0 the policy's, 1 doubled, 2 dropped (``limit`` None)."""

    level: int
    limit: float | None
    least: float

    def rejects(self, hours: float) -> bool:
        """Tell whether somebody with these hours is too far ahead."""
        return self.limit is not None and rounded(hours - self.least) > self.limit


def gap_for(
    hours: Mapping[int, float],
    *,
    needed: int,
    max_gap_hours: float,
    pinned: Collection[int] = (),
) -> GapView:
    """Return the strictest level at which enough people pass.

    ``hours`` of those who pass the other hard rules, by id. The least loaded always
    and the ``pinned`` always pass; where fewer than ``needed`` do, the limit is doubled,
    then dropped.
    """
    least, most = min(hours.values()), max(hours.values())
    for level, limit in enumerate((max_gap_hours, 2 * max_gap_hours)):
        view = GapView(level=level, limit=limit, least=least)
        if len(hours) >= needed and not view.rejects(most):
            return view
        passed = [key for key, value in hours.items() if key in pinned or not view.rejects(value)]
        if len(passed) >= needed:
            return view
    return GapView(level=2, limit=None, least=least)
