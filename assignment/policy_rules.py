"""Validation of a policy: 2-rules, "Validation of a policy". Pure.

Thresholds and priorities are judged in every mode. Weights are those of CUSTOM: what
could not work is an error in every mode, because they are stored with each version; what
is merely unusual is a warning only while CUSTOM is in force. A preset's own figures are
valid by definition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from assignment.engine.rules import MAY_BE_SOFT
from assignment.enums import FairShare, MeetingType, Mode
from assignment.policy_limits import (
    GENERAL_DAYS,
    MOST_HOLIDAYS,
    OTHERS,
    PRIORITY,
    UNSOCIAL,
    URGENT_DAYS,
    WEIGHTS,
    Finding,
    error,
    exact,
    judge,
    warning,
)
from assignment.policy_values import PolicyValues, UnsocialHours, Weighting
from assignment.wording import counted

FEW_INTERPRETERS = 3
EXTREME_DR_PENALTY = Decimal("-1.5")


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
    fair, urgency = exact(custom.w_fair), exact(custom.w_urgency)
    total = fair + urgency + exact(custom.w_lrs)
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
    if exact(custom.dr_penalty) < EXTREME_DR_PENALTY:
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
        found = tuple(
            finding
            for figure, limits in ((days.urgent, URGENT_DAYS), (days.general, GENERAL_DAYS))
            for finding in judge(
                figure,
                limits=replace(limits, label=f"{limits.label} of {meeting_type} in {mode}"),
                field=field,
            )
        )
        yield from found
        if not found and days.urgent >= days.general:
            yield error(
                "urgent_not_below_general",
                field,
                f"The urgent threshold of {meeting_type} in {mode} "
                f"({counted(days.urgent, 'day', 'days')}) must be below the general one "
                f"({counted(days.general, 'day', 'days')}): lower it or raise the other.",
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
    if values.fair_share not in FairShare.values:
        known = ", ".join(FairShare.values)
        yield error("fair_share_unknown", "fair_share", f"Choose one of the fair shares {known}.")
    yield from _unsocial(values.unsocial)


def _unsocial(unsocial: UnsocialHours) -> Iterator[Finding]:
    for limits in UNSOCIAL:
        field = f"unsocial.{limits.name}"
        yield from judge(getattr(unsocial, limits.name), limits=limits, field=field)
    wrong = [day for day in unsocial.holidays if not is_iso_date(day)]
    if wrong:
        yield error(
            "holiday_unreadable",
            "unsocial.holidays",
            f"Write {_listed(wrong[:3])} as a date such as 2026-12-25.",
        )
    if len(unsocial.holidays) > MOST_HOLIDAYS:
        text = f"Keep at most {MOST_HOLIDAYS} holidays: take out those that are long past."
        yield error("holidays_too_many", "unsocial.holidays", text)


def is_iso_date(text: str) -> bool:
    """Tell whether the text is a day as YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _listed(names: Iterable[str]) -> str:
    return ", ".join(ascii(name[:40])[1:-1] for name in sorted(names))
