"""“Run the sweep now”, and “Preview the sweep”: the run or the plan that it made."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_http_methods, require_POST

from assignment.errors import InterpoolError
from monitoring.dashboard import board_of, may_sweep
from pooling.admin.audited import actor_of
from pooling.sweep import preview_sweep, sweep


@require_http_methods(["GET", "POST"])
def sweep_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Ask first; write on POST: a second click with the same token answers with the same run."""
    if not may_sweep(request):
        raise PermissionDenied
    token = request.POST.get("token", "")[:24]
    if request.method == "POST" and token:
        try:
            return _run(request, token=token)
        except InterpoolError as refusal:
            messages.error(request, str(refusal))
    context = {
        **site.each_context(request),
        "title": "Run the sweep now?",
        "board": board_of(request),
        "token": get_random_string(24),
    }
    return TemplateResponse(request, "admin/sweep.html", context)


@require_POST
def preview(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Write: store what a sweep would decide now as a plan, and open it."""
    if not may_sweep(request):
        raise PermissionDenied
    report = preview_sweep(now=timezone.now())
    return HttpResponseRedirect(reverse("admin:pooling_plan_change", args=(report.plan,)))


def _run(request: HttpRequest, *, token: str) -> HttpResponse:
    actor = actor_of(request)
    report = sweep(now=timezone.now(), slot=f"by hand {token}", actor=actor)
    if report.run is None:
        messages.info(request, "Nothing was due.")
        return HttpResponseRedirect(reverse("admin:index"))
    return HttpResponseRedirect(reverse("admin:pooling_run_change", args=(report.run,)))
