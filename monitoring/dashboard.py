"""The pool dashboard: numbers that open their lists, what runs, what needs a person.

The page and its live endpoint share ``read_board``. The board of a moment is kept for one
second, so that many open dashboards cost one reading, and is answered with an ETag.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from monitoring.board import read_board
from pooling.admin.emergency_pages import may_override
from pooling.admin.teams import may_for_all, team_names, teams_of

MEMO_SECONDS = 1
FRAGMENTS = ("alerts", "status", "deadlines", "running", "runs", "attention", "fairness")


def dashboard(
    request: HttpRequest, *, site: admin.AdminSite, extra_context: dict[str, Any] | None = None
) -> TemplateResponse:
    """Return the index page with everything already in it; it works without scripts."""
    context = {
        **site.each_context(request),
        "title": "Pool",
        "app_list": site.get_app_list(request),
        "may_see_pool": may_see_pool(request),
        "may_sweep": may_sweep(request),
        "may_override": may_override(request),
        "may_hold": may_hold(request),
        **(extra_context or {}),
    }
    if context["may_see_pool"]:
        context["board"] = board_of(request)
    request.current_app = site.name
    return TemplateResponse(request, "admin/index.html", context)


@require_safe
@never_cache
def live(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """Return the numbers and the fragments of the page as JSON; 304 while nothing changed."""
    if not may_see_pool(request):
        return JsonResponse({"error": "You may not see the pool."}, status=403)
    payload = _memoised(request)
    tag = f'"{hashlib.sha256(payload.encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(payload, content_type="application/json")
    answer.headers["ETag"] = tag
    return answer


def may_see_pool(request: HttpRequest) -> bool:
    """Whether the person may see the numbers and lists of the pool."""
    return request.user.has_perms(("pooling.view_poolentry", "assignment.view_booking"))


def may_sweep(request: HttpRequest) -> bool:
    """Whether the person may sweep: a sweep decides for all teams."""
    return may_for_all(request, "pooling.run_sweep")


def may_hold(request: HttpRequest) -> bool:
    """Whether the person may hold all claims and lift a hold: it concerns all teams."""
    return may_for_all(request, "pooling.repair")


def board_of(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows, for the teams of this person."""
    return read_board(now=timezone.now(), teams=teams_of(request), names=team_names(request))


def _memoised(request: HttpRequest) -> str:
    teams = teams_of(request)
    audience = "all" if teams is None else ",".join(map(str, sorted(teams)))
    key = f"interpool.board.{hashlib.sha256(audience.encode()).hexdigest()[:16]}"
    payload = cache.get(key)
    if payload is None:
        payload = _payload(board_of(request))
        cache.set(key, payload, MEMO_SECONDS)
    return str(payload)


def _payload(board: dict[str, Any]) -> str:
    """Return the JSON text; equal boards give equal texts, so that the ETag holds."""
    return json.dumps(
        {
            "numbers": {tile["name"]: tile["count"] for tile in board["tiles"]},
            "fragments": {
                name: render_to_string(f"interpool/{name}.html", {"board": board})
                for name in FRAGMENTS
            },
        },
        sort_keys=True,
    )
