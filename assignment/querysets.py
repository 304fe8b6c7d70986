"""Questions to the tables that more than one place asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models

from assignment.enums import BUSY_STATES

if TYPE_CHECKING:
    from assignment.models import Assignment  # noqa: F401

LONGEST = dt.timedelta(hours=24)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Look-ups in the table of who is busy."""

    def busy(self) -> Self:
        """Keep the rows that block their person."""
        return self.filter(state__in=BUSY_STATES)

    def overlapping(
        self, interpreter_ids: Iterable[int], *, start: dt.datetime, end: dt.datetime
    ) -> Self:
        """Keep busy rows of these people that overlap [start, end).

        No row is longer than 24 h, so a range of the index on (interpreter, starts_at)
        holds every possible answer on both databases.
        """
        return self.busy().filter(
            interpreter_id__in=interpreter_ids,
            starts_at__gt=start - LONGEST,
            starts_at__lt=end,
            ends_at__gt=start,
        )
