"""“Claiming on hold”: why it stands, and setting and lifting it by hand."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assignment.errors import InterpoolError
from monitoring.dashboard import may_hold, may_see_pool
from pooling import holds
from pooling.admin.audited import actor_of
from pooling.models import ClaimHold

LISTED = 20
BY_HAND = holds.Cause.HAND


@never_cache
@require_http_methods(["GET", "POST"])
def hold_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Show what stands and stood; write on POST, for those who may repair."""
    if not may_see_pool(request) or (request.method == "POST" and not may_hold(request)):
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        try:
            _change(request)
            return HttpResponseRedirect(reverse("admin:claim_hold"))
        except InterpoolError as refusal:
            error = str(refusal)
    standing = holds.standing()
    context = {
        **site.each_context(request),
        "title": "Claiming on hold" if standing else "Hold all claims",
        "standing": [
            {"hold": hold, "what_to_do": holds.WHAT_TO_DO[hold.cause]} for hold in standing
        ],
        "by_hand": any(hold.cause == BY_HAND for hold in standing),
        "earlier": ClaimHold.objects.filter(lifted_at__isnull=False).defer("ballast")[:LISTED],
        "may_hold": may_hold(request),
        "error": error,
        "reason": request.POST.get("reason", ""),
    }
    status = 400 if error else 200
    return TemplateResponse(request, "admin/claim_hold.html", context, status=status)


def _change(request: HttpRequest) -> None:
    """Write: lift the hold that was named, or set one by hand; say what became of it."""
    reason, cause = request.POST.get("reason", ""), request.POST.get("lift", "")
    if cause:
        changed = holds.lift(cause, reason=reason, actor=actor_of(request))
        text = "The hold is lifted." if changed else "It was lifted already."
    else:
        changed = holds.set_hold(BY_HAND, reason=reason, actor=actor_of(request))
        text = "Claiming is on hold." if changed else "It was on hold already."
    messages.success(request, text) if changed else messages.info(request, text)
