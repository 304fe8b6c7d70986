"""The emergency override in steps: password, preview, reason, and the run that it made.

The key of an override is its preview's plan, so that a double click, a reload or a second
window of the same preview has one effect, and one that was killed can be gone on with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from assignment.enums import PoolStatus
from assignment.errors import InterpoolError
from assignment.models import Booking
from assignment.policies import current_policy
from pooling.admin.actions import wrong_reason
from pooling.admin.audited import actor_of
from pooling.admin.plan_choice import GO, choice_of, ticked, turned
from pooling.admin.recent_password import is_recent, wrong_password
from pooling.admin.teams import may_for_all
from pooling.emergency import (
    EmergencyReport,
    key_of_preview,
    newcomers,
    preview_emergency,
    process_emergency,
    resume_emergency,
    running_override,
)
from pooling.models import Plan, Run

PERMISSION = "pooling.override_emergency"
View = Callable[..., HttpResponse]


def may_override(request: HttpRequest) -> bool:
    """Whether the person may run the override: it decides for all teams."""
    return may_for_all(request, PERMISSION)


def emergency_urls(site: admin.AdminSite) -> list[URLPattern]:
    """Return the pages of the override."""
    pages: tuple[tuple[str, View, str], ...] = (
        ("emergency/", start_view, "emergency"),
        ("emergency/<int:plan_id>/", preview_view, "emergency_preview"),
        ("emergency/resume/<int:run_id>/", resume_view, "emergency_resume"),
    )
    return [
        path(address, site.admin_view(_guarded(view)), {"site": site}, name=name)
        for address, view, name in pages
    ]


def _guarded(view: View) -> View:
    """Ask for the permission at every step, and let no browser keep the page."""

    def handle(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not may_override(request):
            raise PermissionDenied
        return view(request, **arguments)

    return never_cache(handle)


def start_view(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Say what the override is and would touch; on POST store its preview and open it."""
    error = ""
    if request.method == "POST":
        error = wrong_password(request)
        if not error:
            plan = preview_emergency(now=timezone.now()).plan
            return redirect("admin:emergency_preview", plan_id=plan)
    return _start(request, site, error=error)


def preview_view(request: HttpRequest, site: admin.AdminSite, plan_id: int) -> HttpResponse:
    """Show what would be done, in order, and which rows are left out; on POST do it, once."""
    plan = get_object_or_404(Plan.objects.select_related("policy"), pk=plan_id, kind="emergency")
    run = Run.objects.filter(plan=plan).first()
    if request.method != "POST":
        return redirect(_page_of(run)) if run else _preview(request, site, plan)
    left, reason = ticked(request, plan), request.POST.get("reason", "").strip()
    if GO in request.POST:
        return _preview(request, site, plan, left=left, reason=reason)
    error, status = wrong_reason(reason) or wrong_password(request), 400
    if not error:
        try:
            return _done(
                request,
                process_emergency(
                    now=timezone.now(),
                    actor=actor_of(request),
                    reason=reason,
                    key=key_of_preview(plan),
                    plan=plan,
                    leave_out=left,
                ),
            )
        except InterpoolError as refusal:
            error, status = str(refusal), 409
    return _preview(request, site, plan, left=left, reason=reason, error=error, status=status)


def resume_view(request: HttpRequest, site: admin.AdminSite, run_id: int) -> HttpResponse:
    """Write, on POST: go on with an override whose process was killed, as the same run."""
    run = get_object_or_404(
        Run.objects.select_related("operation", "plan"), pk=run_id, kind="emergency"
    )
    if request.method != "POST":
        return redirect("admin:emergency")
    error = wrong_password(request)
    if not error:
        try:
            done = resume_emergency(run, now=timezone.now(), actor=actor_of(request))
            return _done(request, done)
        except InterpoolError as refusal:
            error = str(refusal)
    return _start(request, site, error=error)


def _done(request: HttpRequest, done: EmergencyReport) -> HttpResponse:
    messages.success(request, "The emergency override is done.")
    return HttpResponseRedirect(reverse("admin:pooling_run_change", args=(done.report.run,)))


def _page_of(run: Run) -> str:
    if run.state == Run.State.DONE:
        return reverse("admin:pooling_run_change", args=(run.pk,))
    return reverse("admin:emergency")


def _start(request: HttpRequest, site: admin.AdminSite, *, error: str) -> HttpResponse:
    counts = dict(
        Booking.objects.filter(pool_status__isnull=False)
        .order_by()
        .values_list("pool_status")
        .annotate(Count("pk"))
    )
    numbers = [
        {"name": status.value, "count": counts.get(status.value, 0)} for status in PoolStatus
    ]
    context = {"title": "Emergency override", "numbers": numbers}
    return _answer(request, site, "start", context, error=error, status=400 if error else 200)


def _preview(
    request: HttpRequest,
    site: admin.AdminSite,
    plan: Plan,
    *,
    left: frozenset[int] = frozenset(),
    error: str = "",
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    query = turned(request) if request.method == "POST" else request.GET
    held = Booking.objects.filter(pool_status=PoolStatus.PROCESSING).count()
    context = {
        "title": "What the emergency override would do",
        "held_count": held,
        "newcomer_count": newcomers(plan).count(),
        "policy_changed": plan.policy_id != current_policy().id,
        "carried_out_by": Run.objects.filter(plan=plan).first(),
        "apply_url": reverse("admin:emergency_preview", args=(plan.pk,)),
        "reason": reason,
        **choice_of(request, plan, query=query, left=left),
    }
    return _answer(request, site, "preview", context, error=error, status=status)


def _answer(
    request: HttpRequest,
    site: admin.AdminSite,
    template: str,
    context: dict[str, Any],
    *,
    error: str,
    status: int,
) -> HttpResponse:
    if not request.user.is_authenticated:
        messages.error(request, error)
        return redirect_to_login(reverse("admin:emergency"), reverse("admin:login"))
    whole = {
        **site.each_context(request),
        **context,
        "error": error,
        "running": running_override(),
        "ask_password": not is_recent(request),
    }
    return TemplateResponse(request, f"admin/emergency/{template}.html", whole, status=status)
