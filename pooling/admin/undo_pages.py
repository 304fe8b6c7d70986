"""Taking a run or one decision back: what would be undone and what stays, a reason, its own run."""

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
from assignment.wording import counted
from pooling.absence_leave import changed_leave
from pooling.admin.actions import wrong_reason
from pooling.admin.audited import actor_of
from pooling.admin.teams import may_for_all, visible_rows
from pooling.models import Plan, Run
from pooling.undo import (
    Undone,
    can_be_undone,
    preview_undo,
    undo_of,
    undo_run,
    undone_by,
    undos_of_parts,
)

MOST_LISTED = 200


class UndoPages(admin.ModelAdmin):
    """The page that takes a run back, and what a run's page says about it."""

    def get_urls(self) -> list[URLPattern]:
        """Add undoing a run, and one decision of it."""
        view = self.admin_site.admin_view(self.undo_view)
        one = "<int:run_id>/undo/<int:booking_id>/"
        return [
            path("<int:run_id>/undo/", view, name="pooling_run_undo"),
            path(one, view, name="pooling_run_undo_one"),
            *super().get_urls(),
        ]

    def undo_context(self, request: HttpRequest, run: Run) -> dict[str, Any]:
        """Return which runs took this one back or were taken back by it, and whether one can."""
        return {
            "undone_in": undo_of(run),
            "undone_in_part": undos_of_parts(run),
            "undoes": undone_by(run),
            "can_undo": _may_undo(request) and can_be_undone(run),
            "leave_note": leave_note(run),
        }

    def undo_view(
        self, request: HttpRequest, run_id: int, booking_id: int | None = None
    ) -> HttpResponse:
        """Show what an undo would do; write on POST, once per run or decision."""
        if not self.has_view_permission(request) or not may_undo_one(request):
            raise PermissionDenied
        run = get_object_or_404(Run.objects.select_related("operation"), pk=run_id)
        booking = None
        if booking_id is not None:
            mine = visible_rows(self.admin_site, Booking, request)
            seen = Booking.objects.filter(pk__in=mine.values("pk"))
            booking = get_object_or_404(seen, pk=booking_id, plan_rows__plan__run=run)
        elif not _may_undo(request):
            raise PermissionDenied
        return self._undo_or_ask(request, run, booking)

    def _undo_or_ask(self, request: HttpRequest, run: Run, booking: Booking | None) -> HttpResponse:
        undo = undo_of(run, only=_only(booking))
        if undo is not None and (request.method != "POST" or undo.state == Run.State.DONE):
            return HttpResponseRedirect(_page_of(undo))
        reason, error = request.POST.get("reason", "").strip(), ""
        try:
            if request.method == "POST":
                error = wrong_reason(reason)
                if not error:
                    return self._undo(request, run, booking, reason=reason)
            return self._page(request, run, booking, reason=reason, error=error)
        except InterpoolError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(_page_of(run))

    def _undo(
        self, request: HttpRequest, run: Run, booking: Booking | None, *, reason: str
    ) -> HttpResponse:
        done = undo_run(
            run,
            now=timezone.now(),
            actor=actor_of(request),
            reason=reason,
            only=_only(booking),
        )
        messages.success(request, told(done, run=run))
        return HttpResponseRedirect(_page_of(done.run or run))

    def _page(
        self, request: HttpRequest, run: Run, booking: Booking | None, *, reason: str, error: str
    ) -> HttpResponse:
        found = preview_undo(run, now=timezone.now(), only=_only(booking))
        undone, kept = found.undone[:MOST_LISTED], found.kept[:MOST_LISTED]
        given, unfit = found.given[:MOST_LISTED], found.unfit[:MOST_LISTED]
        refs = {*undone, *given, *(ref for ref, _ in (*kept, *unfit))}
        bookings = {row.ref: row for row in Booking.objects.filter(ref__in=refs)}
        what = f"the decision about {booking.ref}" if booking else f"run {run.pk}"
        context = {
            **self.admin_site.each_context(request),
            "title": f"Undo {what}?",
            "opts": self.opts,
            "run": run,
            "one": booking,
            "back_url": _page_of(booking or run),
            "binds_again": run.kind == Plan.Kind.UNDO,
            "absence": run.plan if run.is_of_absence else None,
            "leave_goes": found.leave == "",
            "leave": leave_sentence(run, found),
            "given_count": len(found.given),
            "given": [bookings[ref] for ref in given],
            "unfit_count": len(found.unfit),
            "unfit": [(bookings[ref], why) for ref, why in unfit],
            "undone_count": len(found.undone),
            "undone": [bookings[ref] for ref in undone],
            "kept_count": len(found.kept),
            "kept": [(bookings[ref], why) for ref, why in kept],
            "reason": reason,
            "error": error,
        }
        template = "admin/pooling/run/undo.html"
        return TemplateResponse(request, template, context, status=400 if error else 200)


def told(done: Undone, *, run: Run) -> str:
    """Return what an undo did, in a sentence or two."""
    kept = f"{counted(len(done.kept), 'stays as it is', 'stay as they are')}."
    if not run.is_of_absence:
        return f"Run {run.pk}: {len(done.undone)} undone, {kept}"
    how = "given away again" if run.kind == Plan.Kind.UNDO else "given back"
    counts = f"{len(done.given)} {how}, {len(done.unfit)} escalated, {kept}"
    return f"Run {run.pk}: {counts} {leave_sentence(run, done)}"


def leave_sentence(run: Run, found: Undone) -> str:
    """Return what becomes of the leave; empty for a run that has nothing to do with leave."""
    if run.plan is None or run.plan.absent is None:
        return ""
    leave = f"The leave of {run.plan.absent.name}"
    if found.leave == "":
        return f"{leave} is {'entered again' if run.kind == Plan.Kind.UNDO else 'taken back'}."
    return f"{leave} stays as it is. {found.leave or ''}".strip()


def leave_note(run: Run) -> str:
    """Return what a finished run did about leave."""
    if run.plan is None or run.plan.absent is None or run.state != Run.State.DONE:
        return ""
    leave = f"The leave of {run.plan.absent.name}"
    if not changed_leave(run):
        return f"{leave} stayed as it was."
    return f"{leave} was {'taken back' if run.kind == Plan.Kind.UNDO else 'entered'}."


def may_undo_one(request: HttpRequest) -> bool:
    """Whether the person may undo the decision about a booking that they see."""
    return request.user.has_perm("pooling.run_sweep")


def _may_undo(request: HttpRequest) -> bool:
    """Whether the person may undo runs: they decided for all teams."""
    return may_for_all(request, "pooling.run_sweep")


def _only(booking: Booking | None) -> tuple[int, ...]:
    return () if booking is None else (booking.pk,)


def _page_of(item: Run | Booking) -> str:
    meta = item._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=(item.pk,))
