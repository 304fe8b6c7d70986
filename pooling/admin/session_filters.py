"""The filters of the lists of sessions and of the work for them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest


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
