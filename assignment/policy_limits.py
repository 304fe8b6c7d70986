"""The limits of a policy's figures, and what is said when one is outside. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to say about a policy: a stable code, and a message that says what to do.

    ``field`` is the path in the JSON form of a policy (``assignment.policy_json``), such as
    ``weights.w_fair`` or ``thresholds.NORMAL.DR``.
    """

    code: str
    severity: Severity
    field: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Error outside ``low`` to ``high``, warning outside ``usual``; all bounds are allowed."""

    name: str
    label: str
    low: Decimal
    high: Decimal
    usual: tuple[Decimal, Decimal] | None = None
    whole: bool = False


def _limits(
    name: str,
    label: str,
    low: str,
    high: str,
    usual: tuple[str, str] | None = None,
    *,
    whole: bool = False,
) -> Limits:
    pair = (Decimal(usual[0]), Decimal(usual[1])) if usual else None
    return Limits(
        name=name, label=label, low=Decimal(low), high=Decimal(high), usual=pair, whole=whole
    )


WEIGHTS = (
    _limits("w_fair", "fairness weight", "0", "5", ("0.5", "3")),
    _limits("w_urgency", "urgency weight", "0", "5", ("0.3", "2.5")),
    _limits("w_lrs", "least recently served weight", "0", "5", ("0.1", "1")),
    _limits("fairness_window_days", "fairness window", "7", "90", ("14", "60"), whole=True),
    _limits("max_gap_hours", "largest gap in hours", "1", "100", ("2", "12")),
    _limits("dr_penalty", "DR penalty", "-2", "0", ("-1", "-0.1")),
)
OTHERS = (
    _limits("w_preference", "preference weight", "0", "5"),
    _limits("w_continuity", "continuity weight", "0", "5"),
    _limits("soft_penalty", "penalty of a soft rule", "-2", "0"),
)
UNSOCIAL = (
    _limits("night_factor", "factor of the night", "1", "3"),
    _limits("weekend_factor", "factor of the weekend", "1", "3"),
    _limits("holiday_factor", "factor of holidays", "1", "3"),
    _limits("night_from", "hour in which the night begins", "0", "23", whole=True),
    _limits("night_until", "hour in which the night ends", "0", "23", whole=True),
)
MOST_HOLIDAYS = 200
PRIORITY = _limits("priority", "priority", "1", "10", whole=True)
URGENT_DAYS = _limits("urgent_days", "urgent threshold", "0", "365", whole=True)
GENERAL_DAYS = _limits("general_days", "general threshold", "1", "1000", whole=True)


def error(code: str, field: str, message: str) -> Finding:
    """Return a finding that forbids the policy."""
    return Finding(code=code, severity="error", field=field, message=message)


def warning(code: str, field: str, message: str) -> Finding:
    """Return a finding that a person must acknowledge."""
    return Finding(code=code, severity="warning", field=field, message=message)


def judge(value: object, *, limits: Limits, field: str) -> Iterator[Finding]:
    """Yield what is wrong with one figure: no number, out of range, or unusual.

    Booleans, text, NaN and infinities are no numbers.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int if limits.whole else int | float)
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        kind = "a whole number" if limits.whole else "a number"
        yield error(
            f"{limits.name}_not_a_number",
            field,
            f"Write the {limits.label} as {kind} from {limits.low} to {limits.high}.",
        )
        return
    figure = exact(value)
    if not limits.low <= figure <= limits.high:
        yield error(
            f"{limits.name}_out_of_range",
            field,
            f"Set the {limits.label} between {limits.low} and {limits.high}.",
        )
    elif limits.usual and not limits.usual[0] <= figure <= limits.usual[1]:
        yield warning(
            f"{limits.name}_unusual",
            field,
            f"A {limits.label} of {figure} is unusual: {limits.usual[0]} to {limits.usual[1]} "
            "is advised.",
        )


def exact(value: float) -> Decimal:
    """Return the figure as it was written, so that 0.1 + 0.2 + 0.7 is 1."""
    return Decimal(value) if isinstance(value, int) else Decimal(str(value))
