"""The filters of the lists of sessions and of the work for them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from assignment.engine.sessions.loading import WITHOUT_DESK
from assignment.enums import HELD_STATES, SessionState


class PurposeFilter(admin.SimpleListFilter):
    """Work for bookings, or for sessions."""

    title = "for"
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("booking", "bookings"), ("session", "sessions")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one kind."""
        if self.value() is None:
            return queryset
        if self.value() not in ("booking", "session"):
            raise IncorrectLookupParameters("no such purpose")
        return queryset.filter(**{f"{self.value()}__isnull": False})


STAGES = {
    "queued": Q(state=SessionState.UNASSIGNED),
    "no_desk": WITHOUT_DESK,
    "held": Q(state__in=HELD_STATES),
    "assigned": Q(state=SessionState.ASSIGNED),
    "accepted": Q(state=SessionState.ACCEPTED),
    "resolved": Q(state=SessionState.RESOLVED),
}
"""The slices of the sessions that the dashboard counts and the list shows."""


class StageFilter(admin.SimpleListFilter):
    """Where sessions are in their life."""

    title = "stage"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the stages."""
        words = {
            "queued": "unassigned",
            "no_desk": "unassigned, without a desk",
            "held": "with an interpreter",
        }
        return [(name, words.get(name, name)) for name in STAGES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one stage."""
        if self.value() is None:
            return queryset
        if self.value() not in STAGES:
            raise IncorrectLookupParameters("no such stage")
        return queryset.filter(STAGES[str(self.value())])
