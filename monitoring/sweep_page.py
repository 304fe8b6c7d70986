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
from django_q.tasks import async_task

from assignment.errors import InterpoolError
from monitoring import heartbeat
from monitoring.board import alive
from monitoring.dashboard import board_of, may_sweep
from pooling import holds
from pooling.admin.audited import actor_of
from pooling.models import Run
from pooling.sweep import BY_HAND, open_sweep, preview_sweep, sweep


@require_http_methods(["GET", "POST"])
def sweep_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Ask first; write on POST: a second click with the same token answers with the same run."""
    if not may_sweep(request):
        raise PermissionDenied
    token = request.POST.get("token", "")[:24]
    if request.method == "POST" and token:
        try:
            return _run(request, token=token)
        except holds.ClaimHoldError:
            pass  # the page says why, and what to do
        except InterpoolError as refusal:
            messages.error(request, str(refusal))
    context = {
        **site.each_context(request),
        "title": "Run the sweep now?",
        "board": board_of(request),
        "token": get_random_string(24),
        "held": [holds.sentence(hold) for hold in holds.standing()],
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
    """Write: let the worker sweep while the page of the run tells; without one sweep here."""
    now, actor, slot = timezone.now(), actor_of(request), f"{BY_HAND} {token}"
    if alive(heartbeat.latest(), now=now):
        run = open_sweep(now=now, slot=slot, actor=actor)
        if run.state != Run.State.DONE:
            async_task("pooling.tasks.carry_on_sweep", slot, save=False)
        return _page_of(run.pk)
    report = sweep(now=now, slot=slot, actor=actor)
    return _page_of(report.run or 0)


def _page_of(run_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:pooling_run_change", args=(run_id,)))
