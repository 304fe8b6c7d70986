"""What a coordinator who is limited to teams sees of a decision about one of their bookings."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q
from django.http import HttpRequest

from assignment.models import Interpreter
from pooling.admin.decision_table import DecisionTable
from pooling.admin.teams import teams_of


def only_own_people(table: DecisionTable, request: HttpRequest) -> DecisionTable:
    """Return the table without the people of other teams; those who were chosen stay."""
    teams = teams_of(request)
    if teams is None:
        return table
    seen = Q(team__in=teams) | Q(ref__in=table.told.chosen)
    refs = frozenset(Interpreter.objects.filter(seen).values_list("ref", flat=True))
    groups = (
        {**group, "people": [row for row in group["people"] if row.interpreter in refs]}
        for group in table.rejected
    )
    rejected = tuple({**group, "count": len(group["people"])} for group in groups)
    return replace(
        table,
        rows=tuple(row for row in table.rows if row.candidate.interpreter in refs),
        rejected=tuple(group for group in rejected if group["people"]),
        asked=tuple(row for row in table.asked if row.interpreter in refs),
        total=sum(row.interpreter in refs for row in table.told.candidates),
    )
