"""Validation of a policy: 2-rules, "Validation of a policy". Pure.

Thresholds and priorities are judged in every mode. Weights are those of CUSTOM: what
could not work is an error in every mode, because they are stored with each version; what
is merely unusual is a warning only while CUSTOM is in force. A preset's own figures are
valid by definition.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assignment.engine.rules import MAY_BE_SOFT
from assignment.enums import MeetingType, Mode
from assignment.policy_values import PolicyValues, Weighting

Severity = Literal["error", "warning", "info"]

FEW_INTERPRETERS = 3
EXTREME_DR_PENALTY = Decimal("-1.5")


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
PRIORITY = _limits("priority", "priority", "1", "10", whole=True)
URGENT_DAYS = _limits("urgent_days", "urgent threshold", "0", "365", whole=True)
GENERAL_DAYS = _limits("general_days", "general threshold", "1", "1000", whole=True)


def validate(values: PolicyValues, *, interpreters: int) -> tuple[Finding, ...]:
    """Return everything there is to say, in the order of the fields; empty = nothing.

    ``interpreters`` is how many active interpreters there are.
    """
    return (
        *_mode(values, interpreters=interpreters),
        *_weights(values),
        *_thresholds(values),
        *_priorities(values),
        *_others(values),
    )


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that forbid the policy."""
    return tuple(finding for finding in findings if finding.severity == "error")


def warnings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that a person must acknowledge."""
    return tuple(finding for finding in findings if finding.severity == "warning")


def error(code: str, field: str, message: str) -> Finding:
    """Return a finding that forbids the policy."""
    return Finding(code=code, severity="error", field=field, message=message)


def warning(code: str, field: str, message: str) -> Finding:
    """Return a finding that a person must acknowledge."""
    return Finding(code=code, severity="warning", field=field, message=message)


def _mode(values: PolicyValues, *, interpreters: int) -> Iterator[Finding]:
    if values.mode not in Mode.values:
        yield error("mode_unknown", "mode", f"Choose one of the modes {', '.join(Mode.values)}.")
    if values.mode == Mode.BALANCE and interpreters < FEW_INTERPRETERS:
        yield warning(
            "few_interpreters",
            "mode",
            f"BALANCE needs at least {FEW_INTERPRETERS} active interpreters to be fair among, and "
            f"has {interpreters}: add interpreters or choose NORMAL.",
        )


def _weights(values: PolicyValues) -> Iterator[Finding]:
    custom = values.custom
    found = [
        finding
        for limits in WEIGHTS
        for finding in judge(
            getattr(custom, limits.name), limits=limits, field=f"weights.{limits.name}"
        )
    ]
    if values.mode != Mode.CUSTOM:
        yield from errors(found)
        return
    yield from found
    if not errors(found):
        yield from _ratios(custom)


def _ratios(custom: Weighting) -> Iterator[Finding]:
    fair, urgency = _exact(custom.w_fair), _exact(custom.w_urgency)
    total = fair + urgency + _exact(custom.w_lrs)
    if total < 1:
        yield warning(
            "weights_too_small",
            "weights",
            f"The three weights add up to {total}: raise them to at least 1 together, or "
            "penalties and preferences decide alone.",
        )
    if total > 10:
        yield warning(
            "weights_too_large",
            "weights",
            f"The three weights add up to {total}: lower them to at most 10 together, or "
            "penalties and preferences no longer count.",
        )
    if urgency > 3 * fair:
        yield warning(
            "urgency_over_fairness",
            "weights.w_urgency",
            f"The urgency weight is more than three times the fairness weight: lower it to "
            f"{3 * fair} or raise the fairness weight.",
        )
    if total and not Decimal("0.2") * total <= fair <= Decimal("0.8") * total:
        share = (100 * fair / total).quantize(Decimal("1"))
        yield warning(
            "fairness_share",
            "weights.w_fair",
            f"Fairness has {share} % of the three weights: bring it between 20 and 80 %.",
        )
    if _exact(custom.dr_penalty) < EXTREME_DR_PENALTY:
        yield warning(
            "dr_penalty_extreme",
            "weights.dr_penalty",
            f"Below {EXTREME_DR_PENALTY} the DR penalty outweighs everything else where the "
            "block has to yield: raise it; -1 already blocks.",
        )


def _thresholds(values: PolicyValues) -> Iterator[Finding]:
    for mode in Mode.values:
        if (mode, MeetingType.OTHER) not in values.thresholds:
            yield error(
                "threshold_missing",
                f"thresholds.{mode}.{MeetingType.OTHER}",
                f"Give the thresholds of Other in {mode}: types without their own use them.",
            )
    for (mode, meeting_type), days in values.thresholds.items():
        field = f"thresholds.{mode}.{meeting_type}"
        if mode not in Mode.values or meeting_type not in MeetingType.values:
            yield error("threshold_unknown", field, f"Take out {mode} {meeting_type}: no such row.")
            continue
        found = (
            *judge(days.urgent, limits=URGENT_DAYS, field=field),
            *judge(days.general, limits=GENERAL_DAYS, field=field),
        )
        yield from found
        if not found and days.urgent >= days.general:
            yield error(
                "urgent_not_below_general",
                field,
                f"The urgent threshold of {meeting_type} in {mode} ({days.urgent} days) must be "
                f"below the general one ({days.general} days): lower it or raise the other.",
            )


def _priorities(values: PolicyValues) -> Iterator[Finding]:
    if MeetingType.OTHER not in values.priorities:
        yield error(
            "priority_missing",
            f"priorities.{MeetingType.OTHER}",
            "Give the priority of Other: types without their own use it.",
        )
    for meeting_type, priority in values.priorities.items():
        field = f"priorities.{meeting_type}"
        if meeting_type not in MeetingType.values:
            yield error("priority_unknown", field, f"Take out {meeting_type}: no such type.")
        else:
            yield from judge(priority, limits=PRIORITY, field=field)


def _others(values: PolicyValues) -> Iterator[Finding]:
    for limits in OTHERS:
        yield from judge(getattr(values, limits.name), limits=limits, field=limits.name)
    if unknown := values.soft_rules - MAY_BE_SOFT:
        yield error(
            "soft_rule_unknown",
            "soft_rules",
            f"Take {_listed(unknown)} out: only {_listed(MAY_BE_SOFT)} may be soft.",
        )


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
    exact = _exact(value)
    if not limits.low <= exact <= limits.high:
        yield error(
            f"{limits.name}_out_of_range",
            field,
            f"Set the {limits.label} between {limits.low} and {limits.high}.",
        )
    elif limits.usual and not limits.usual[0] <= exact <= limits.usual[1]:
        yield warning(
            f"{limits.name}_unusual",
            field,
            f"A {limits.label} of {exact} is unusual: {limits.usual[0]} to {limits.usual[1]} "
            "is advised.",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(ascii(name[:40])[1:-1] for name in sorted(names))


def _exact(value: float) -> Decimal:
    """Return the figure as it was written, so that 0.1 + 0.2 + 0.7 is 1."""
    return Decimal(value) if isinstance(value, int) else Decimal(str(value))
