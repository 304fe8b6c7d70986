"""Sums up work and adjustments by person and period, and reads the leave: one query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable

from assignment.engine import unsocial
from assignment.engine.members import NO_MOMENT, Away, Member
from assignment.engine.shares import Account
from assignment.expressions import Seconds
from assignment.models import Assignment, Leave, LedgerAdjustment
from assignment.policy_values import UnsocialHours
from assignment.prepared import Prepared
from assignment.querysets import AssignmentQuerySet

LENGTH = Seconds("starts_at", "ends_at")
ON_LEAVE, POSTED, WORKED = range(3)
"""Kinds of rows of the one query that sums up."""


class Periods:
    """The accounts of each period; a period ends where the next begins, at an edge."""

    def __init__(
        self, edges: Sequence[dt.datetime], accounts: tuple[dict[int, Account], ...]
    ) -> None:
        self.edges = list(edges)
        self.accounts = accounts

    def column(self, name: str) -> Combinable:
        """Return the place of a row's period as an expression."""
        if not self.edges:
            return Value(0)
        whens = [When(**{f"{name}__lt": edge}, then=n) for n, edge in enumerate(self.edges)]
        return Case(*whens, default=len(self.edges), output_field=IntegerField())


def work_since(window_start: dt.datetime) -> AssignmentQuerySet:
    """Return the active and completed work that starts after an instant, future work included."""
    return Assignment.objects.busy().filter(starts_at__gt=window_start).order_by()


def add_sums(
    periods: Periods,
    *,
    window_start: dt.datetime,
    rule: UnsocialHours,
    members: Sequence[Member],
    gone: Collection[int] = (),
) -> list[Away]:
    """Add work and adjustments to the accounts; return the leave. One query.

    ``gone``: ids of work to be left out. Only where unsocial hours count does each work come by
    itself, with its moments.
    """
    by_zone = members if unsocial.is_on(rule) else ()
    zones = {member.id: unsocial.zone_of(member.zone) for member in by_zone}
    work = work_since(window_start).exclude(pk__in=gone)
    rows: Iterable[Any]
    if zones:
        each = _with_the_others(_each(periods, work), periods, window_start=window_start)
        rows = each.iterator()
    elif gone or periods.edges:
        rows = _with_the_others(_summed(periods, work), periods, window_start=window_start)
    else:
        rows = ALL_SUMS.rows(window_start)
    away = []
    for kind, period, person_id, seconds, start, end in rows:
        if kind == ON_LEAVE:
            away.append((person_id, start, end))
            continue
        account = periods.accounts[period].get(person_id)
        if account is None:  # work can outlive its person by a bad restore
            continue
        account.seconds += seconds
        if kind == POSTED:
            account.posted += seconds
        elif zones:
            extra = unsocial.extra_seconds(rule, start=start, end=end, zone=zones[person_id])
            account.unsocial += extra
            account.seconds += extra
    return away


def _with_the_others(
    worked: QuerySet[Any, Any], periods: Periods, *, window_start: dt.datetime
) -> QuerySet[Any, Any]:
    """Return the leave and the adjustments beside the work, in one query."""
    leave = Leave.objects.filter(ends_at__gt=window_start).order_by()
    rows = leave.values_list(
        Value(ON_LEAVE), Value(0), "interpreter_id", Value(0), "starts_at", "ends_at"
    )
    return rows.union(_posted(periods, window_start=window_start), worked, all=True)


def _posted(periods: Periods, *, window_start: dt.datetime) -> QuerySet[Any, Any]:
    rows = LedgerAdjustment.objects.filter(effective_at__gt=window_start).order_by()
    of_person = rows.annotate(period=periods.column("effective_at"))
    sums = of_person.values("period", "interpreter_id").annotate(seconds=Sum("minutes") * 60)
    return sums.values_list(
        Value(POSTED), "period", "interpreter_id", "seconds", NO_MOMENT, NO_MOMENT
    )


def _summed(periods: Periods, work: AssignmentQuerySet) -> QuerySet[Any, Any]:
    of_person = work.annotate(period=periods.column("starts_at"))
    sums = of_person.values("period", "interpreter_id").annotate(seconds=Sum(LENGTH))
    return sums.values_list(
        Value(WORKED), "period", "interpreter_id", "seconds", NO_MOMENT, NO_MOMENT
    )


def _each(periods: Periods, work: AssignmentQuerySet) -> QuerySet[Any, Any]:
    return work.values_list(
        Value(WORKED),
        periods.column("starts_at"),
        "interpreter_id",
        LENGTH,
        "starts_at",
        "ends_at",
    )


def _all_sums(window_start: dt.datetime) -> QuerySet[Any, Any]:
    """Return the sums of a window that is one period."""
    one = Periods((), ())
    return _with_the_others(_summed(one, work_since(window_start)), one, window_start=window_start)


ALL_SUMS = Prepared(_all_sums)
