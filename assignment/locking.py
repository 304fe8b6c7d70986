"""Locks on rows that are about to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from assignment.expressions import Among

AT_ONCE = 1_000


def lock_rows(rows: QuerySet[Any], ids: Sequence[int]) -> None:
    """Write: lock these rows in ascending key, as every other writer does (no deadlock)."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        part = ordered[start : start + AT_ONCE]
        list(
            rows.select_for_update(of=("self",))
            .filter(Among("pk", part))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
