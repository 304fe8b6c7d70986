"""The fairness chart: one figure a team, hours of each person against the fair share.

Pure geometry for the template: inline SVG with presentation attributes and a table with
the same figures beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from assignment.ledger import Fairness, Standing
from assignment.wording import counted

ROW_HEIGHT = 20
NAME_WIDTH = 130
BAR_WIDTH = 190
WIDTH = NAME_WIDTH + BAR_WIDTH + 60
MOST_ROWS = 14


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One person's line: lengths and places in units of the figure."""

    person: Standing
    name: str
    top: int
    middle: int
    length: float
    share_at: float
    tone: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One team: its bars, its size, and one sentence that says what they show."""

    team: str
    bars: tuple[Bar, ...]
    height: int
    width: int
    left: int
    summary: str
    hidden: int
    people: tuple[Standing, ...]


def charts(standing: Fairness, *, teams: frozenset[str] | None) -> list[Chart]:
    """Return a figure for each team, people farthest from their share first when cut."""
    by_team: dict[str, list[Standing]] = defaultdict(list)
    for row in standing.rows:
        if teams is None or row.team in teams:
            by_team[row.team].append(row)
    longest = max(
        (max(row.hours, row.share) for rows in by_team.values() for row in rows), default=0
    )
    return [
        _chart(team or "No team", rows, longest=longest) for team, rows in sorted(by_team.items())
    ]


def _chart(team: str, rows: Sequence[Standing], *, longest: float) -> Chart:
    shown = sorted(rows, key=lambda row: (-abs(row.deviation), row.ref))[:MOST_ROWS]
    ordered = sorted(shown, key=lambda row: (-row.hours, row.ref))
    scale = BAR_WIDTH / longest if longest else 0
    bars = tuple(
        Bar(
            person=row,
            name=row.name if len(row.name) <= 18 else f"{row.name[:17]}…",
            top=place * ROW_HEIGHT + 4,
            middle=place * ROW_HEIGHT + 14,
            length=round(row.hours * scale, 1),
            share_at=round(NAME_WIDTH + row.share * scale, 1),
            tone=_tone(row),
        )
        for place, row in enumerate(ordered)
    )
    return Chart(
        team=team,
        bars=bars,
        height=len(bars) * ROW_HEIGHT + 4,
        width=WIDTH,
        left=NAME_WIDTH,
        summary=_summary(team, rows),
        hidden=len(rows) - len(shown),
        people=tuple(sorted(rows, key=lambda row: (-row.hours, row.ref))),
    )


def _tone(row: Standing) -> str:
    """Return near, over or under: more than a quarter of the share away."""
    if not row.share or abs(row.deviation) <= row.share / 4:
        return "near"
    return "over" if row.deviation > 0 else "under"


def _summary(team: str, rows: Sequence[Standing]) -> str:
    most = max(rows, key=lambda row: row.hours)
    least = min(rows, key=lambda row: row.hours)
    return (
        f"{team}: {counted(len(rows), 'person', 'people')}. Most hours: {most.name}, "
        f"{most.hours:.1f} of a fair share of {most.share:.1f}. "
        f"Least: {least.name}, {least.hours:.1f} of {least.share:.1f}."
    )
