"""Reading and writing versions of the policy."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction

from assignment.enums import Mode
from assignment.errors import NewerVersionError
from assignment.models import Policy, Priority, Threshold
from assignment.policy_values import (
    PRESETS,
    PRIORITIES,
    THRESHOLDS,
    Days,
    PolicyValues,
    UnsocialHours,
    Weighting,
)

PLAIN_FIELDS = ("w_preference", "w_continuity", "allow_partial", "soft_penalty", "fair_share")
FACTORS = ("night_factor", "weekend_factor", "holiday_factor", "night_from", "night_until")
NORMAL = PRESETS[Mode.NORMAL]
Tables = tuple[Mapping[tuple[str, str], Days], Mapping[str, int]]
"""Thresholds by mode and meeting type, priorities by meeting type."""
_KEPT: dict[tuple[int, dt.datetime], Tables] = {}
"""The tables of the version that a page showed last."""

DEFAULT = PolicyValues(
    id=0,
    version=0,
    mode=Mode.NORMAL,
    custom=NORMAL,
    thresholds=THRESHOLDS,
    priorities=PRIORITIES,
    w_preference=0.5,
    w_continuity=0.0,
)


def current_policy(*, using: str = "default") -> PolicyValues:
    """Return the version in force: three queries, whatever the number of versions."""
    policy = Policy.objects.using(using).order_by("-version").first()
    if policy is None:
        raise Policy.DoesNotExist("No policy: run “manage.py migrate”.")
    return policy_values(policy)


def policy_to_show() -> PolicyValues:
    """Return the version in force for a page: one query, and two for a version that is new here."""
    row = Policy.objects.order_by("-version").first()
    if row is None:
        raise Policy.DoesNotExist("No policy: run “manage.py migrate”.")
    return values_to_show(row)


def values_to_show(policy: Policy) -> PolicyValues:
    """Return the same as ``policy_values``; the tables of the latest version are kept here.

    They are written with their version and never changed. What decides reads them anew.
    """
    key = (policy.pk, policy.created_at)
    tables = _KEPT.get(key)
    if tables is None:
        tables = _read_tables(policy)
        _KEPT.clear()
        _KEPT[key] = tables
    return policy_values(policy, tables=tables)


def lock_policy() -> None:
    """Lock the policy against a new version until the end of the caller's transaction.

    The first version serves as the mutex, because it is there always and only once. Whoever
    dates entries by the policy takes it too, so that no entry keeps the dates of a version
    that was replaced while it was dated.
    """
    Policy.objects.select_for_update().order_by("version").first()


def policy_values(policy: Policy, *, tables: Tables | None = None) -> PolicyValues:
    """Return a stored version as frozen values; its tables are read unless they are given.

    Raises NewerVersionError for a mode that this version of the product does not know.
    """
    if policy.mode not in Mode.values:
        raise NewerVersionError(
            f"The mode “{policy.mode[:20]}” in force is of a newer version of Interpool: "
            "update this process, which changes nothing until then."
        )
    thresholds, priorities = tables or _read_tables(policy)
    return PolicyValues(
        id=policy.pk,
        version=policy.version,
        mode=policy.mode,
        custom=Weighting(
            w_fair=policy.w_fair,
            w_urgency=policy.w_urgency,
            w_lrs=policy.w_lrs,
            fairness_window_days=policy.fairness_window_days,
            max_gap_hours=policy.max_gap_hours,
            dr_penalty=policy.dr_penalty,
        ),
        thresholds=thresholds,
        priorities=priorities,
        w_preference=policy.w_preference,
        w_continuity=policy.w_continuity,
        allow_partial=policy.allow_partial,
        soft_rules=frozenset(policy.soft_rules),
        soft_penalty=policy.soft_penalty,
        fair_share=policy.fair_share,
        unsocial=UnsocialHours(
            **{name: getattr(policy, name) for name in FACTORS}, holidays=tuple(policy.holidays)
        ),
    )


def _read_tables(policy: Policy) -> Tables:
    thresholds = {
        (row.mode, row.meeting_type): Days(urgent=row.urgent_days, general=row.general_days)
        for row in policy.thresholds.all()
    }
    return thresholds, {row.meeting_type: row.priority for row in policy.priorities.all()}


def store_policy(
    values: PolicyValues,
    *,
    reason: str,
    user: User | None = None,
    using: str = "default",
) -> Policy:
    """Write ``values`` as the next version and return it; ``id`` and ``version`` are ignored.

    Two writers at once: the unique version lets one of them through, the other gets
    IntegrityError and must look again.
    """
    with transaction.atomic(using=using):
        latest = Policy.objects.using(using).order_by("-version").first()
        policy = Policy(
            version=latest.version + 1 if latest else 1,
            mode=values.mode,
            **dataclasses.asdict(values.custom),
            **{name: getattr(values, name) for name in PLAIN_FIELDS},
            soft_rules=sorted(values.soft_rules),
            **dataclasses.asdict(values.unsocial) | {"holidays": list(values.unsocial.holidays)},
            reason=reason,
            created_by=user,
        )
        policy.save(using=using)
        _store_tables(policy, values=values, using=using)
    return policy


def _store_tables(policy: Policy, *, values: PolicyValues, using: str) -> None:
    Threshold.objects.using(using).bulk_create(
        Threshold(
            policy=policy,
            mode=mode,
            meeting_type=meeting_type,
            urgent_days=days.urgent,
            general_days=days.general,
        )
        for (mode, meeting_type), days in values.thresholds.items()
    )
    Priority.objects.using(using).bulk_create(
        Priority(policy=policy, meeting_type=meeting_type, priority=priority)
        for meeting_type, priority in values.priorities.items()
    )


def ensure_policy(*, using: str = "default") -> None:
    """Write version 1 with the figures of 2-rules when there is no policy yet. Idempotent."""
    if not Policy.objects.using(using).exists():
        store_policy(DEFAULT, reason="The figures the product comes with.", using=using)
