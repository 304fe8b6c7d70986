"""Work that somebody has although they are on leave then: a person must settle it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from assignment.enums import AssignmentState
from assignment.models import Assignment, Leave


def marked(rows: QuerySet[Assignment]) -> QuerySet[Any]:
    """Return the rows, each with ``on_leave``: whether its person is on leave at that time."""
    leave = Leave.objects.filter(
        interpreter=OuterRef("interpreter"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    found: QuerySet[Any] = rows.annotate(on_leave=Exists(leave))
    return found


def bookings_on_leave(*, now: dt.datetime) -> QuerySet[Any, Any]:
    """Return the ids of bookings to come that somebody has who is on leave then.

    What has started cannot be given to anybody else any more.
    """
    rows = Assignment.objects.filter(
        state=AssignmentState.ACTIVE,
        booking__isnull=False,
        starts_at__gt=now,
        interpreter__leave__ends_at__gt=F("starts_at"),
        interpreter__leave__starts_at__lt=F("ends_at"),
    )
    return rows.order_by().values_list("booking", flat=True)
