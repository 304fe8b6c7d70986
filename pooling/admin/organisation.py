"""Teams and tenants: who belongs together."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from assignment.models import Team, Tenant
from pooling.admin.audited import KeptForGood
from pooling.admin.cells import badge
from pooling.admin.lists import SafeList
from pooling.admin.teams import TeamLimited


@admin.register(Team)
class TeamAdmin(KeptForGood, TeamLimited, SafeList):
    """Teams; ``staff`` are the coordinators limited to the team."""

    object_type = "team"
    team_path = "pk"
    list_display = ("ref", "name", "tenant", "time_zone", "buffer_minutes", "status")
    list_display_links = ("ref", "name")
    list_select_related = ("tenant",)
    list_filter = ("active", "tenant")
    search_fields = ("^ref", "^name")
    search_help_text = "Beginning of the ref or name"
    autocomplete_fields = ("tenant", "staff")
    empty_text = "No team yet. Add one, or import interpreters with their teams."

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only those who may see the users decide who is limited to a team."""
        return () if request.user.has_perm("auth.view_user") else ("staff",)

    @admin.display(description="state", ordering="active")
    def status(self, team: Team) -> SafeString:
        """Active or not."""
        return badge("active") if team.active else badge("inactive")


@admin.register(Tenant)
class TenantAdmin(KeptForGood, TeamLimited, SafeList):
    """Customer organisations."""

    object_type = "tenant"
    list_display = ("ref", "name", "status")
    list_display_links = ("ref", "name")
    list_filter = ("active",)
    search_fields = ("^ref", "^name")
    search_help_text = "Beginning of the ref or name"
    empty_text = "No tenant yet. A tenant keeps the teams and bookings of one customer together."

    @admin.display(description="state", ordering="active")
    def status(self, tenant: Tenant) -> SafeString:
        """Active or not."""
        return badge("active") if tenant.active else badge("inactive")
