"""Three small guards that every request passes."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict

Handler = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
ACTIVITY_SECONDS = 300
"""How exactly activity is recorded: a poll every few seconds must not write each time."""


def content_security_policy(get_response: Handler) -> Handler:
    """Let pages load from this site alone, and run nothing inline."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return handle


def refuse_nul(get_response: Handler) -> Handler:
    """Answer 400 to NUL characters, which no text has and PostgreSQL refuses to store."""

    def handle(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or has_nul(request.GET):
            return HttpResponseBadRequest("NUL characters are not allowed.")
        if request.content_type in FORMS and has_nul(request.POST):
            return HttpResponseBadRequest("NUL characters are not allowed.")
        return get_response(request)

    return handle


def has_nul(fields: QueryDict) -> bool:
    """Whether a name or a value of these fields holds a NUL character."""
    return any("\0" in text for name, values in fields.lists() for text in (name, *values))


def end_old_sessions(get_response: Handler) -> Handler:
    """Sign people out some hours after signing in; until then activity keeps a session alive."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = time.time()
            session = request.session
            if now - session.setdefault("signed_in_at", now) > settings.SESSION_ABSOLUTE_AGE:
                logout(request)
            elif now - session.get("active_at", 0) > ACTIVITY_SECONDS:
                session["active_at"] = now
        return get_response(request)

    return handle
