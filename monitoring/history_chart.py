"""The chart of fairness over time: each person's balance as a line around the fair share.

Pure geometry for the template, as ``fairness_chart``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assignment.ledger_history import Course, History

ROW_HEIGHT = 34
NAME_WIDTH = 150
LINE_WIDTH = 420
WIDTH = NAME_WIDTH + LINE_WIDTH + 70
MOST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Track:
    """One line of the figure: its points, where the fair share lies, and its last value."""

    name: str
    middle: int
    points: str
    last: float
    tone: str


@dataclass(frozen=True, kw_only=True)
class HistoryChart:
    """The figure: tracks, size, and one sentence that says what they show."""

    tracks: tuple[Track, ...]
    height: int
    width: int
    left: int
    right: int
    summary: str
    hidden: int


def history_chart(history: History, courses: Sequence[Course]) -> HistoryChart:
    """Return the figure of these people, those farthest from their share first when cut."""
    shown = sorted(courses, key=lambda row: (-abs(row.balances[-1]), row.ref))[:MOST_ROWS]
    ordered = sorted(shown, key=lambda row: (-row.balances[-1], row.ref))
    widest = max((abs(hours) for row in ordered for hours in row.balances), default=0.0)
    scale = (ROW_HEIGHT / 2 - 3) / widest if widest else 0.0
    return HistoryChart(
        tracks=tuple(
            _track(row, middle=place * ROW_HEIGHT + ROW_HEIGHT // 2, scale=scale)
            for place, row in enumerate(ordered)
        ),
        height=len(ordered) * ROW_HEIGHT + 4,
        width=WIDTH,
        left=NAME_WIDTH,
        right=NAME_WIDTH + LINE_WIDTH,
        summary=_summary(history, ordered),
        hidden=len(courses) - len(shown),
    )


def _track(row: Course, *, middle: int, scale: float) -> Track:
    step = LINE_WIDTH / len(row.balances)
    points = [(float(NAME_WIDTH), float(middle))]
    points += [
        (round(NAME_WIDTH + step * place, 1), round(middle - hours * scale, 1))
        for place, hours in enumerate(row.balances, 1)
    ]
    last = row.balances[-1]
    return Track(
        name=row.name if len(row.name) <= 20 else f"{row.name[:19]}…",
        middle=middle,
        points=" ".join(f"{x:g},{y:g}" for x, y in points),
        last=last,
        tone="near" if abs(last) <= row.share / 4 else "over" if last > 0 else "under",
    )


def _summary(history: History, ordered: Sequence[Course]) -> str:
    if not ordered:
        return "Nobody is active."
    most, least = ordered[0], ordered[-1]
    return (
        f"Hours above the fair share ({history.definition}) over time. In the end "
        f"{most.name} stands at {most.balances[-1]:+.1f} h, {least.name} at "
        f"{least.balances[-1]:+.1f} h."
    )
