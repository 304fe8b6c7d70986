"""Taking a run back: what would be undone and what stays, a reason, and the undo's own run."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from assignment.errors import InterpoolError
from assignment.models import Booking
from pooling.admin.actions import wrong_reason
from pooling.admin.audited import actor_of
from pooling.admin.teams import may_for_all
from pooling.models import Plan, Run
from pooling.undo import can_be_undone, preview_undo, undo_of, undo_run, undone_by

MOST_LISTED = 200


class UndoPages(admin.ModelAdmin):
    """The page that takes a run back, and what a run's page says about it."""

    def get_urls(self) -> list[URLPattern]:
        """Add undoing."""
        view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:run_id>/undo/", view, name="pooling_run_undo"), *super().get_urls()]

    def undo_context(self, request: HttpRequest, run: Run) -> dict[str, Any]:
        """Return which run took this one back or was taken back by it, and whether one can."""
        return {
            "undone_in": undo_of(run),
            "undoes": undone_by(run),
            "can_undo": _may_undo(request) and can_be_undone(run),
        }

    def undo_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Show what an undo would do; write on POST, once per run."""
        run = get_object_or_404(Run.objects.select_related("operation"), pk=run_id)
        if not self.has_view_permission(request) or not _may_undo(request):
            raise PermissionDenied
        undo = undo_of(run)
        if undo is not None and (request.method != "POST" or undo.state == Run.State.DONE):
            return HttpResponseRedirect(_page_of(undo))
        reason, error = request.POST.get("reason", "").strip(), ""
        try:
            if request.method == "POST":
                error = wrong_reason(reason)
                if not error:
                    return self._undo(request, run, reason=reason)
            return self._page(request, run, reason=reason, error=error)
        except InterpoolError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(_page_of(run))

    def _undo(self, request: HttpRequest, run: Run, *, reason: str) -> HttpResponse:
        actor = actor_of(request)
        done = undo_run(run, now=timezone.now(), actor=actor, reason=reason)
        messages.success(
            request, f"Run {run.pk}: {len(done.undone)} undone, {len(done.kept)} stay as they are."
        )
        return HttpResponseRedirect(_page_of(done.run or run))

    def _page(self, request: HttpRequest, run: Run, *, reason: str, error: str) -> HttpResponse:
        found = preview_undo(run, now=timezone.now())
        undone, kept = found.undone[:MOST_LISTED], found.kept[:MOST_LISTED]
        refs = [*undone, *(ref for ref, _ in kept)]
        bookings = {row.ref: row for row in Booking.objects.filter(ref__in=refs)}
        context = {
            **self.admin_site.each_context(request),
            "title": f"Undo run {run.pk}?",
            "opts": self.opts,
            "run": run,
            "binds_again": run.kind == Plan.Kind.UNDO,
            "undone_count": len(found.undone),
            "undone": [bookings[ref] for ref in undone],
            "kept_count": len(found.kept),
            "kept": [(bookings[ref], why) for ref, why in kept],
            "reason": reason,
            "error": error,
        }
        template = "admin/pooling/run/undo.html"
        return TemplateResponse(request, template, context, status=400 if error else 200)


def _may_undo(request: HttpRequest) -> bool:
    """Whether the person may undo runs: they decided for all teams."""
    return may_for_all(request, "pooling.run_sweep")


def _page_of(run: Run) -> str:
    return reverse("admin:pooling_run_change", args=(run.pk,))
