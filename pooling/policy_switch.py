"""Putting a policy in force: a mode switch and every saved policy go through ``apply_policy``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from assignment.audit import Actor, Entry, record
from assignment.clock import database_now
from assignment.enums import Reason
from assignment.errors import InputError, RefusedError, StaleError
from assignment.failures import retrying
from assignment.models import Booking, Operation, Policy
from assignment.policies import lock_policy, store_policy
from assignment.policy_json import InvalidPolicyError
from assignment.policy_limits import Finding
from assignment.policy_values import PolicyValues
from assignment.validators import validate_plain_text
from pooling import pool
from pooling.impact import Impact
from pooling.policy_review import Review, review

CHUNK = 5_000
LONGEST_REASON = 500
NOTHING = Impact(rows=())
LISTED = 200
"""Entries of each change that a stored result lists; the audit trail has them all."""


class PolicyConflictError(StaleError):
    """Somebody saved another version since this one was opened."""

    code = "policy_conflict"


class UnacknowledgedError(RefusedError):
    """Warnings were not acknowledged; ``findings`` are those that are open."""

    code = "unacknowledged"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"Acknowledge this first: {findings[0].message}")
        self.findings = findings


@dataclass(frozen=True, kw_only=True)
class SwitchReport:
    """What ``apply_policy`` did; ``changed`` is False when the values were in force already."""

    changed: bool
    old_mode: str
    new_mode: str
    version: int
    operation_key: str
    warnings: tuple[Finding, ...]
    impact: Impact

    @property
    def immediate_ids(self) -> tuple[int, ...]:
        """Bookings that became due: the caller processes them after the commit."""
        return tuple(row.entry.id for row in self.impact.of("immediate"))

    def as_json(self, *, most: int | None = None) -> dict[str, Any]:
        """Return the report as 3-interfaces names it, at most ``most`` entries a change."""
        return {
            "changed": self.changed,
            "old_mode": self.old_mode,
            "new_mode": self.new_mode,
            "policy_version": self.version,
            **self.impact.counts,
            "level": self.impact.level,
            "warnings": [
                {"code": finding.code, "message": finding.message} for finding in self.warnings
            ],
            "entries": self.impact.listed(most=most),
        }


def preview(values: PolicyValues, *, now: dt.datetime) -> SwitchReport:
    """Return the report that ``apply_policy`` would give; writes nothing.

    Raises InvalidPolicyError when the values are not valid.
    """
    found = review(values, now=now)
    if found.impact is None:
        raise InvalidPolicyError(found.errors)
    return _report(found, effect=found.impact, operation_key="", version=found.current.version)


def apply_policy(
    values: PolicyValues,
    *,
    reason: str,
    now: dt.datetime,
    actor: Actor,
    acknowledged: frozenset[str] | None,
    base_version: int | None = None,
    expected: str = "",
) -> SwitchReport:
    """Write: put the values in force and re-date the live pool, in one transaction.

    All waiting entries get their deadline by the new thresholds; those that are due become
    ready (the caller processes them after the commit), those whose start has passed are
    escalated; everything else stays. ``acknowledged`` holds codes of warnings (None: all),
    ``base_version`` the version the values were made from (None: whichever is in force),
    ``expected`` the digest of the impact that was shown (empty: none was).

    Raises InputError (no reason), InvalidPolicyError, UnacknowledgedError,
    PolicyConflictError, and StaleError when the pool no longer matches ``expected``.
    """
    return retrying()(
        _put_in_force,
        values,
        reason=_checked_reason(reason),
        now=now,
        actor=actor,
        acknowledged=acknowledged,
        base_version=base_version,
        expected=expected,
    )


def _put_in_force(
    values: PolicyValues,
    *,
    reason: str,
    now: dt.datetime,
    actor: Actor,
    acknowledged: frozenset[str] | None,
    base_version: int | None,
    expected: str,
) -> SwitchReport:
    with transaction.atomic():
        lock_policy()
        found = review(values, now=now, lock=True)
        if not found.differences:
            return _report(found, effect=NOTHING, operation_key="", version=found.current.version)
        _refuse_conflict(found.current, base_version=base_version)
        effect = _accepted(found, acknowledged=acknowledged, expected=expected)
        stored = store_policy(values, reason=reason, user=actor.user)
        operation = _operation(stored, found, reason=reason, now=now, actor=actor)
        _redate(effect, operation=operation, actor=actor, policy_version=stored.version)
        report = _report(found, effect=effect, operation_key=operation.key, version=stored.version)
        record([_event(report, found, reason=reason)], actor=actor)
        operation.result = report.as_json(most=LISTED)
        operation.finished_at = database_now()
        operation.save(update_fields=("result", "finished_at"))
    return report


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InputError("Give a reason.")
    if len(reason) > LONGEST_REASON:
        raise InputError("Shorten the reason to 500 characters.")
    try:
        validate_plain_text(reason)
    except ValidationError as problem:
        raise InputError(problem.messages[0]) from problem
    return reason


def _refuse_conflict(current: PolicyValues, *, base_version: int | None) -> None:
    if base_version is None or base_version == current.version:
        return
    newer = Policy.objects.select_related("created_by").get(pk=current.id)
    who = newer.created_by.get_username() if newer.created_by else "the command line"
    raise PolicyConflictError(
        f"Version {newer.version} was saved by {who} at {newer.created_at:%Y-%m-%d %H:%M} UTC, "
        f"after you opened version {base_version}: look at it and make your change again."
    )


def _accepted(found: Review, *, acknowledged: frozenset[str] | None, expected: str) -> Impact:
    """Return the impact if nothing stands against it."""
    if found.impact is None:
        raise InvalidPolicyError(found.errors)
    if acknowledged is not None:
        still_open = tuple(item for item in found.warnings if item.code not in acknowledged)
        if still_open:
            raise UnacknowledgedError(still_open)
    if expected and expected != found.impact.digest:
        raise StaleError(
            "The pool has changed since the preview: look at the new preview and confirm again."
        )
    return found.impact


def _redate(effect: Impact, *, operation: Operation, actor: Actor, policy_version: int) -> None:
    pool.redate(
        [
            pool.NewDeadline(
                booking_id=row.entry.id,
                ref=row.entry.ref,
                starts_at=row.entry.starts_at,
                old=row.entry.deadline,
                new=row.deadline,
                due=row.change == "immediate",
            )
            for row in effect.affected
            if row.change != "escalated"
        ],
        actor=actor,
        reason=operation.reason,
        operation_key=operation.key,
        policy_version=policy_version,
    )
    started = [row.entry.id for row in effect.of("escalated")]
    for first in range(0, len(started), CHUNK):
        pool.escalate(
            Booking.objects.filter(pk__in=started[first : first + CHUNK]),
            code=Reason.ALREADY_STARTED,
            text="The meeting had already started when the policy changed.",
            now=operation.business_now,
            actor=actor,
        )


def _operation(
    stored: Policy, found: Review, *, reason: str, now: dt.datetime, actor: Actor
) -> Operation:
    switched = found.current.mode != found.values.mode
    return Operation.objects.create(
        key=f"policy:{stored.version}",
        kind="mode_switch" if switched else "policy",
        business_now=now,
        actor=actor.name,
        user_id=actor.user_id,
        reason=reason,
    )


def _event(report: SwitchReport, found: Review, *, reason: str) -> Entry:
    switched = report.old_mode != report.new_mode
    return Entry(
        action="switch_mode" if switched else "save_policy",
        object_type="policy",
        object_ref=str(report.version),
        reason=reason,
        from_state=report.old_mode,
        to_state=report.new_mode,
        changes={
            "differences": {item.field: [item.old, item.new] for item in found.differences},
            "counts": report.impact.counts,
            "acknowledged": [finding.code for finding in report.warnings],
        },
        policy_version=report.version,
        operation_key=report.operation_key,
    )


def _report(found: Review, *, effect: Impact, operation_key: str, version: int) -> SwitchReport:
    changed = bool(found.differences)
    return SwitchReport(
        changed=changed,
        old_mode=str(found.current.mode),
        new_mode=str(found.values.mode),
        version=version,
        operation_key=operation_key,
        warnings=found.warnings if changed else (),
        impact=effect if changed else NOTHING,
    )
