"""Runs and plans, for reading: what was decided together, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Page
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assignment.enums import Result
from assignment.models import Interpreter
from pooling.admin.cells import EMPTY, badge, moment
from pooling.admin.lists import BoundedPaginator, History
from pooling.admin.teams import teams_of
from pooling.models import Plan, PlanRow, Run

ROWS_PER_PAGE = 100


class PlanPages(History):
    """Pages that show the rows of a plan, filtered by result and paged."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add the rows of the plan."""
        item = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if item is not None and self.has_view_permission(request, item):
            context |= rows_of(request, plan=self.plan_of(item))
        return super().change_view(request, object_id, form_url, context)

    def plan_of(self, item: Any) -> Plan | None:
        """Return the plan whose rows the page shows."""
        plan: Plan | None = item
        return plan


def rows_of(request: HttpRequest, *, plan: Plan | None) -> dict[str, Any]:
    """Return one page of a plan's rows, the counts by result, and the names of the chosen."""
    rows = (
        PlanRow.objects.filter(plan=plan).select_related("booking")
        if plan
        else (PlanRow.objects.none())
    )
    teams = teams_of(request)
    if teams is not None:
        rows = rows.filter(booking__team__in=teams)
    counts = dict(rows.order_by().values_list("result").annotate(Count("pk")))
    wanted = request.GET.get("result", "")
    if wanted in Result.values:
        rows = rows.filter(result=wanted)
    paginator = BoundedPaginator(rows.order_by("place"), ROWS_PER_PAGE)
    page = paginator.get_page(request.GET.get("page", 1))
    return {
        "plan": plan,
        "page": page,
        "plan_rows": named(page),
        "result_tabs": [
            {"text": label, "value": value, "count": counts.get(value, 0), "open": value == wanted}
            for value, label in Result.choices
        ],
        "wanted": wanted,
        "all_count": sum(counts.values()),
    }


def named(page: Page[PlanRow]) -> list[dict[str, Any]]:
    """Return the rows with the chosen interpreters by name: one query for the page."""
    rows = list(page)
    ids = {key for row in rows for key in row.chosen}
    people = Interpreter.objects.in_bulk(ids)
    return [
        {"row": row, "people": [people[key] for key in row.chosen if key in people]} for row in rows
    ]


def result_badges(item: Any) -> SafeString | str:
    """Return the counts of a run by result, without the zeros."""
    counts = [(name, getattr(item, name)) for name in Result.values]
    parts = [(badge(f"{count} {name}", kind=name),) for name, count in counts if count]
    return format_html_join(" ", "{}", parts) or format_html(
        '<span class="quiet">nothing due</span>'
    )


@admin.register(Run)
class RunAdmin(PlanPages):
    """Every execution of processing."""

    list_display = ("number", "kind", "slot", "status", "results", "started", "took", "who")
    list_display_links = ("number",)
    list_select_related = ("operation",)
    list_filter = ("kind", "state")
    search_fields = ("=slot", "=operation__actor")
    search_help_text = "Exact slot (such as 2026-11-23) or name of who started it"
    empty_text = "No run yet. The daily sweep, or “Run the sweep now” on the dashboard, makes one."
    fields = ()

    @admin.display(description="run", ordering="pk")
    def number(self, run: Run) -> str:
        """The number of the run."""
        return f"Run {run.pk}"

    @admin.display(description="state", ordering="state")
    def status(self, run: Run) -> SafeString:
        """The state as a badge."""
        return badge(run.state)

    @admin.display(description="results")
    def results(self, run: Run) -> SafeString | str:
        """The counts by result."""
        return result_badges(run)

    @admin.display(description="started", ordering="started_at")
    def started(self, run: Run) -> SafeString | str:
        """When it began."""
        return moment(run.started_at)

    @admin.display(description="seconds", ordering="seconds")
    def took(self, run: Run) -> str:
        """How long it took."""
        return f"{run.seconds:.1f}" if run.finished_at else EMPTY

    @admin.display(description="by")
    def who(self, run: Run) -> str:
        """Who started it."""
        return run.operation.actor

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Load the plan and the operation with each run."""
        return super().get_queryset(request).select_related("operation", "plan")

    def plan_of(self, item: Run) -> Plan | None:
        """Return the plan of the run."""
        return item.plan


@admin.register(Plan)
class PlanAdmin(PlanPages):
    """Plans: previews, and what runs applied."""

    list_display = ("number", "kind", "made", "size", "used")
    list_display_links = ("number",)
    list_select_related = ("policy", "run")
    list_filter = ("kind",)
    empty_text = "No plan yet. A sweep makes one, and so does its preview."
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """Count the rows of each plan with the page."""
        rows = super().get_queryset(request).select_related("policy", "run")
        counted: QuerySet[Plan] = rows.annotate(row_count=Count("rows"))
        return counted

    @admin.display(description="plan", ordering="pk")
    def number(self, plan: Plan) -> str:
        """The number of the plan."""
        return f"Plan {plan.pk}"

    @admin.display(description="made", ordering="created_at")
    def made(self, plan: Plan) -> SafeString | str:
        """When it was made."""
        return moment(plan.created_at)

    @admin.display(description="bookings")
    def size(self, plan: Any) -> str:
        """How many bookings it holds."""
        return f"{plan.row_count:,}"

    @admin.display(description="applied by")
    def used(self, plan: Plan) -> str:
        """Which run applied it."""
        return f"Run {plan.run.pk}" if hasattr(plan, "run") else "a preview"
