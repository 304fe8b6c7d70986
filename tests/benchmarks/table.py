"""The rows of the result, as the table for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.measuring import Pair

HEAD = ("what", "ours", "reference", "ratio", "target", "holds")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure against its reference; ``holds`` is None where there is no target to hold.

    ``runs``: of how many runs the figures are the median.
    """

    what: str
    ours: float | None = None
    reference: float | None = None
    unit: str = "ms"
    ratio: float | None = None
    target: str = "-"
    holds: bool | None = None
    runs: int = 1
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row as texts."""
        few = "" if self.runs >= 5 else f" ({self.runs} run{'s' if self.runs > 1 else ''})"
        return (
            self.what + few,
            _figure(self.ours, self.unit),
            _figure(self.reference, self.unit),
            "-" if self.ratio is None else f"{self.ratio:.4g}",
            self.target,
            {None: "-", True: "yes", False: "NO"}[self.holds],
        )


def ratio_row(
    what: str, pair: Pair, *, at_most: float | None = None, per: int = 1, note: str = ""
) -> Row:
    """Return the row of a pair of times, in milliseconds for each of ``per`` pieces."""
    return Row(
        what=what,
        ours=pair.ours * 1000 / per,
        reference=pair.reference * 1000 / per,
        ratio=pair.ratio,
        target="-" if at_most is None else f"<= {at_most:g}x",
        holds=None if at_most is None else pair.ratio <= at_most,
        runs=pair.runs,
        note=note,
    )


def limit_row(
    what: str,
    ours: float,
    *,
    at_most: float,
    unit: str,
    reference: float | None = None,
    runs: int = 1,
    note: str = "",
) -> Row:
    """Return the row of a figure that has a limit of its own."""
    return Row(
        what=what,
        ours=ours,
        reference=reference,
        ratio=ours / reference if reference else None,
        unit=unit,
        target=f"<= {at_most:g} {unit}".rstrip(),
        holds=ours <= at_most,
        runs=runs,
        note=note,
    )


def growth_row(what: str, small: float, large: float, *, at_most: float, runs: int = 5) -> Row:
    """Return the row that compares milliseconds at a larger size with those at the smallest."""
    return Row(
        what=what,
        ours=large,
        reference=small,
        ratio=large / small,
        target=f"<= {at_most:g}x",
        holds=large <= at_most * small,
        runs=runs,
    )


def as_text(rows: Sequence[Row]) -> str:
    """Return the table, its notes below the rows they belong to."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEAD))]
    text = []
    for line, note in zip(lines, ["", *(row.note for row in rows)], strict=True):
        text.append(" | ".join(map(str.ljust, line, widths)).rstrip())
        if note:
            text.append(f"    {note}")
    return "\n".join(text)


def write_json(rows: Sequence[Row], path: Path, *, scale: float) -> None:
    """Write the rows with every figure as a number."""
    content = {"scale": scale, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,.4g} {unit}".rstrip() if unit or value < 100 else f"{value:,.0f}"
