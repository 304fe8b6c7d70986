"""Coordinators who are limited to teams: their lists, searches, choices and actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet
from django.http import HttpRequest

from assignment.models import Team
from pooling.admin.searches import SearchedMany, SearchedOne

KEPT = "interpool.teams"


def teams_of(request: HttpRequest) -> frozenset[int] | None:
    """Return the ids of the teams that the person is limited to; None = no limit.

    One query a request. Superusers and people in no team have no limit.
    """
    found = _limits(request)
    return frozenset(found) if found else None


def team_names(request: HttpRequest) -> frozenset[str] | None:
    """Return the names of the teams that the person is limited to; None = no limit."""
    found = _limits(request)
    return frozenset(found.values()) if found else None


def _limits(request: HttpRequest) -> dict[int, str]:
    """Return the names of the person's teams by id, read once a request; empty = no limit."""
    found: dict[int, str]
    if KEPT not in request.META:
        rows = Team.objects.filter(staff=request.user.pk).order_by()
        limited = not request.user.is_superuser
        request.META[KEPT] = dict(rows.values_list("pk", "name")) if limited else {}
    found = request.META[KEPT]
    return found


def may_for_all(request: HttpRequest, permission: str) -> bool:
    """Whether the person has a permission over what is decided for all teams together."""
    return request.user.has_perm(permission) and teams_of(request) is None


class TeamLimited(admin.ModelAdmin):
    """Shows a limited coordinator only the rows of their teams, everywhere.

    ``team_path`` names the team of a row (``team``, ``interpreter__team``, ``pk`` of Team
    itself); empty = rows that belong to no team, for all to see.
    """

    team_path = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep the rows of the person's teams; autocompletes and actions start from here too."""
        rows = super().get_queryset(request)
        teams = teams_of(request)
        return (
            rows
            if teams is None or not self.team_path
            else rows.filter(**{f"{self.team_path}__in": teams})
        )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Accept only choices that the person may see, whatever the browser sends."""
        kwargs.setdefault("queryset", self._visible(db_field, request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchedOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Accept only choices that the person may see, whatever the browser sends."""
        kwargs.setdefault("queryset", self._visible(db_field, request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchedMany(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _visible(
        self, db_field: ForeignKey[Any, Any] | ManyToManyField[Any, Any], request: HttpRequest
    ) -> QuerySet[Model]:
        return visible_rows(self.admin_site, db_field.remote_field.model, request)


class TeamLimitedInline(admin.TabularInline):
    """The choices inside an inline follow the same limit."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Accept only choices that the person may see, whatever the browser sends."""
        model = db_field.remote_field.model
        kwargs.setdefault("queryset", visible_rows(self.admin_site, model, request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchedOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def visible_rows(
    site: admin.AdminSite, model: type[Model], request: HttpRequest
) -> QuerySet[Model]:
    """Return the rows of a model that its own admin page would list for this person."""
    if site.is_registered(model):
        return site.get_model_admin(model).get_queryset(request)
    return model._default_manager.all()
