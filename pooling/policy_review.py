"""What saving a policy would mean: findings, differences, and the impact on the live pool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assignment.enums import MeetingType, Mode, PoolStatus
from assignment.models import Interpreter
from assignment.policies import current_policy
from assignment.policy_json import Difference, differences
from assignment.policy_limits import Finding, warning
from assignment.policy_rules import errors, validate, warnings
from assignment.policy_values import PolicyValues
from pooling.impact import Impact, read_pool, redate

MANY_FOR_URGENT = 50
FEW_FOR_BALANCE = 5


@dataclass(frozen=True, kw_only=True)
class Review:
    """What saving the values would mean; ``impact`` is None while there are errors."""

    current: PolicyValues
    values: PolicyValues
    findings: tuple[Finding, ...]
    impact: Impact | None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What forbids saving."""
        return errors(self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What must be acknowledged before saving."""
        return warnings(self.findings)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What changes, field by field."""
        return differences(self.current, self.values)

    @property
    def in_effect(self) -> tuple[Difference, ...]:
        """Which figures count differently under another mode; empty when the mode stays.

        Each mode has its own, so that a switch changes them without changing what is stored.
        """
        if self.current.mode == self.values.mode:
            return ()
        own = ("weights.", "thresholds.")
        figures = differences(_counting(self.current), _counting(self.values))
        words = zip(_ways(self.current), _ways(self.values), strict=True)
        return (
            *(
                Difference(field=name, old=old, new=new)
                for (name, old), (_, new) in words
                if old != new
            ),
            *(item for item in figures if item.field.startswith(own)),
        )


def _counting(values: PolicyValues) -> PolicyValues:
    """Return the figures that count in the mode, as those of CUSTOM: there all can be compared."""
    thresholds = {(str(Mode.CUSTOM), kind): values.days(kind) for kind in MeetingType.values}
    return replace(values, mode=Mode.CUSTOM, custom=values.weighting, thresholds=thresholds)


def _ways(values: PolicyValues) -> tuple[tuple[str, str], ...]:
    """Return how a mode decides, and how strong its DR rule is, in words."""
    together = values.mode == Mode.BALANCE
    way = "together, in the daily sweep" if together else "one by one, by score"
    return ("way_of_deciding", way), ("dr_rule", values.dr_strength)


def review(values: PolicyValues, *, now: dt.datetime, lock: bool = False) -> Review:
    """Judge the values against the policy in force and the live pool; writes nothing.

    ``lock`` holds the waiting entries for the rest of the transaction.
    """
    current = current_policy()
    interpreters = Interpreter.objects.filter(active=True).count()
    findings = validate(values, interpreters=interpreters)
    if errors(findings):
        return Review(current=current, values=values, findings=findings, impact=None)
    effect = redate(read_pool(lock=lock), policy=values, now=now)
    found = (*findings, *_switch_warnings(current, values, effect))
    return Review(current=current, values=values, findings=found, impact=effect)


def _switch_warnings(
    current: PolicyValues, values: PolicyValues, effect: Impact
) -> Iterator[Finding]:
    if current.mode == values.mode:
        return
    statuses = [row.entry.status for row in effect.rows]
    pooled, at_once = len(statuses), len(effect.of("immediate"))
    if processing := statuses.count(PoolStatus.PROCESSING):
        yield warning(
            "something_processing",
            "mode",
            f"Being processed now: {processing}. They finish under version {current.version}; "
            "wait a moment if they should not.",
        )
    if failed := statuses.count(PoolStatus.FAILED):
        yield warning(
            "failed_entries",
            "mode",
            f"Failed: {failed}. A switch does not touch them; retry or release them by hand.",
        )
    if values.mode == Mode.URGENT and pooled > MANY_FOR_URGENT:
        yield warning(
            "urgent_many_pooled",
            "mode",
            f"{pooled} bookings are in the pool. URGENT makes {at_once} of them due at once, and "
            "decides whatever is due with little regard to fairness: consider NORMAL above "
            f"{MANY_FOR_URGENT}.",
        )
    if values.mode == Mode.BALANCE and pooled < FEW_FOR_BALANCE:
        yield warning(
            "balance_few_pooled",
            "mode",
            f"{pooled} in the pool: with fewer than {FEW_FOR_BALANCE}, BALANCE has little to "
            "decide together; consider NORMAL.",
        )
