"""The emergency override as a lead goes through it."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from pooling.models import Plan

REASON = "The storm closed the bridge."
START = "/admin/emergency/"


def previewed(client: Client) -> str:
    """Enter the password and ask for the preview; returns its address."""
    answer = client.post(START, {"password": "x"})
    assert answer.status_code == 302, answer.context["error"]
    return str(answer.headers["Location"])


def confirm(client: Client, preview: str, **fields: str) -> Any:
    """Confirm a preview with the usual reason."""
    return client.post(preview, {"reason": REASON} | fields)


def preview_of(plan: Plan) -> str:
    """The address of a preview."""
    return reverse("admin:emergency_preview", args=(plan.pk,))


def expire(client: Client) -> None:
    """Let the five minutes of the password pass."""
    session = client.session
    session["interpool.password_entered_at"] -= 301
    session.save()
