"""Choosing the rows of a plan that are left out, over all its pages and tabs.

What is ticked travels with the form from page to page; nothing is stored before the plan is
applied.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict

from pooling.admin.plan_rows import rows_of
from pooling.models import Plan, PlanRow

GO = "go"
"""Field that turns to other rows: its value is the query of the page to show."""


def choice_of(
    request: HttpRequest, plan: Plan, *, query: QueryDict, left: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """Return the rows of a page of the plan, and which rows are left out so far."""
    context = rows_of(request, plan=plan, query=query)
    shown = {item["row"].booking_id for item in context["plan_rows"]}
    return {
        **context,
        "left": left,
        "left_elsewhere": ",".join(str(pk) for pk in sorted(left - shown)),
    }


def turned(request: HttpRequest) -> QueryDict:
    """Return the query of the rows that the form turns to."""
    return QueryDict(request.POST.get(GO, ""))


def ticked(request: HttpRequest, plan: Plan) -> frozenset[int]:
    """Return the bookings left out so far: those of other pages, and those of the page shown."""
    sent = ids_sent(request, "left_elsewhere", "leave_out")
    if not sent:
        return frozenset()
    known = PlanRow.objects.filter(plan=plan).values_list("booking_id", flat=True)
    return sent & set(known)


def ids_sent(request: HttpRequest, *names: str) -> frozenset[int]:
    """Return the ids that these fields of the form hold, one each or with commas."""
    return frozenset(
        int(text)
        for name in names
        for value in request.POST.getlist(name)
        for text in value.split(",")
        if text.isascii() and text.isdigit() and len(text) < 19
    )
