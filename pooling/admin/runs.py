"""Runs: what was decided together, what became of it, and what took it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from assignment.models import Booking
from pooling import holds
from pooling.admin.cells import EMPTY, badge, moment
from pooling.admin.lists import History
from pooling.admin.plan_rows import rows_of
from pooling.admin.run_words import kind_words, result_badges
from pooling.admin.teams import may_for_all, teams_of
from pooling.admin.undo_pages import MOST_LISTED, UndoPages, may_undo_one
from pooling.decision_undo import can_still_be_undone
from pooling.emergency import came_since, passed_over
from pooling.exactly import APPLY_PLAN, LEFT_OUT
from pooling.models import Plan, PlanRow, Run
from pooling.recovery import CLAIM_NOTHING
from pooling.sweep import BY_HAND, is_by_hand
from pooling.undo import undone_by
from pooling.undo_checks import UNDO

RESULTS_OF_UNDO = (Plan.Kind.UNDO, Plan.Kind.REDO)


@admin.register(Run)
class RunAdmin(UndoPages, History):
    """Every execution of processing."""

    list_display = (
        "number",
        "purpose",
        "slot_words",
        "status",
        "results",
        "undoing",
        "started",
        "took",
        "who",
    )
    list_display_links = ("number",)
    list_select_related = ("operation",)
    list_filter = ("kind", "state")
    search_fields = ("=slot", "=operation__actor")
    search_help_text = "Exact slot, or who started it"
    empty_text = "No run yet. The daily sweep, or “Run the sweep now” on the dashboard, makes one."
    fields = ()

    @admin.display(description="run", ordering="pk")
    def number(self, run: Run) -> str:
        """The number of the run."""
        return f"Run {run.pk}"

    @admin.display(description="slot", ordering="slot")
    def slot_words(self, run: Run) -> str:
        """The name of its slot; the token of a sweep by hand says nothing to a person."""
        return BY_HAND if is_by_hand(run.slot) else run.slot or EMPTY

    @admin.display(description="kind", ordering="kind")
    def purpose(self, run: Run) -> str:
        """What it was for."""
        return kind_words(run)

    @admin.display(description="state", ordering="state")
    def status(self, run: Run) -> SafeString:
        """The state as a badge."""
        return badge(run.state)

    @admin.display(description="results")
    def results(self, run: Run) -> SafeString | str:
        """The counts by result, once they are all there."""
        return result_badges(run) if run.finished_at else EMPTY

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

    @admin.display(description="undo")
    def undoing(self, run: Any) -> SafeString | str:
        """What it took back, or which run took it back."""
        undone = undone_by(run)
        links = [("undoes", undone), ("undone by", run.undone_in)]
        return format_html_join(
            ", ",
            '{} <a href="{}">run {}</a>',
            (
                (word, reverse("admin:pooling_run_change", args=(pk,)), pk)
                for word, pk in links
                if pk
            ),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Load the plan, the operation, and the number of its undo with each run."""
        key = Concat(Value(f"{UNDO}:"), Cast(OuterRef("pk"), CharField()))
        undos = Run.objects.filter(operation__key=key).order_by().values("pk")
        rows = super().get_queryset(request).select_related("operation", "plan__absent")
        numbered: QuerySet[Run] = rows.annotate(undone_in=Subquery(undos[:1]))
        return numbered

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add the rows of the run's plan, what went stale, and whether it can be undone."""
        run = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if run is not None and self.has_view_permission(request, run):
            context |= rows_of(request, plan=run.plan, held=_bookings(request, run, passed_over))
            context |= self.undo_context(request, run)
            context["undoable"] = _undoable(request, run, context["plan_rows"])
            context["slot_words"] = self.slot_words(run)
            context["on_hold"] = _holds_that_stop(run)
            stale = _stale_rows(request, run)
            context["stale_rows"], context["stale_more"] = stale[:MOST_LISTED], stale[MOST_LISTED:]
            context["came_since"] = _bookings(request, run, came_since)
            context["may_override"] = may_for_all(request, "pooling.override_emergency")
        return super().change_view(request, object_id, form_url, context)


def _holds_that_stop(run: Run) -> list[str]:
    """Return why an open run stands still, as far as it is for a hold."""
    if run.state == Run.State.DONE or run.kind in CLAIM_NOTHING:
        return []
    return [holds.sentence(hold) for hold in holds.standing()]


def _bookings(
    request: HttpRequest, run: Run, refs_of: Callable[[Run], Sequence[str]]
) -> list[Booking]:
    """Return what an emergency override names beside its rows, for the teams of the person."""
    if run.kind != Plan.Kind.EMERGENCY:
        return []
    rows = Booking.objects.filter(ref__in=refs_of(run)).order_by("ref")
    teams = teams_of(request)
    return list(rows if teams is None else rows.filter(team__in=teams))


def _undoable(request: HttpRequest, run: Run, items: Iterable[dict[str, Any]]) -> set[int]:
    """Return the ids of the rows shown whose decision the person may undo."""
    if run.state != Run.State.DONE or not may_undo_one(request):
        return set()
    rows = [item["row"] for item in items]
    return {row.pk for row in rows if can_still_be_undone(row, run=run, now=timezone.now())}


def _stale_rows(request: HttpRequest, run: Run) -> list[PlanRow]:
    """Return the rows of an applied plan that had gone stale, for the teams of the person.

    One more than are listed, when there are more.
    """
    if run.operation.kind != APPLY_PLAN or run.kind in RESULTS_OF_UNDO:
        return []
    rows = run.rows.exclude(stale__in=("", LEFT_OUT))
    teams = teams_of(request)
    if teams is not None:
        rows = rows.filter(booking__team__in=teams)
    return list(rows.select_related("booking").order_by("booking__ref")[: MOST_LISTED + 1])
