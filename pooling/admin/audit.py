"""What happened, for reading: the audit trail, decisions, assignments."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assignment.enums import Outcome
from assignment.models import Assignment, AuditEvent, Decision
from pooling.admin.action_words import action_words
from pooling.admin.cells import badge, link, moment, moment_to_second, period
from pooling.admin.filters import (
    ActionFilter,
    MadeFilter,
    ObjectTypeFilter,
    OwnPersonFilter,
)
from pooling.admin.lists import History
from pooling.admin.session_filters import PurposeFilter
from pooling.admin.teams import TeamLimited, teams_of


@admin.register(AuditEvent)
class AuditEventAdmin(History):
    """Who did what, when and why; for people with the permission to view the audit trail.

    A coordinator limited to teams has no access: events of all teams stand in one trail.
    """

    list_display = ("time", "who", "what", "subject", "transition", "reason")
    list_display_links = ("time",)
    list_filter = ("actor_kind", ActionFilter, ObjectTypeFilter)
    search_fields = ("=object_ref", "=actor", "=operation_key", "=correlation_id")
    search_help_text = "Exact ref, actor, operation or id"
    empty_text = "No event matches. Search for the exact ref of a booking or the name of a person."
    readonly_fields = ("time", "who", "subject", "transition", "details")
    fields = (
        "time",
        "who",
        "action",
        "subject",
        "transition",
        "reason_code",
        "reason",
        "details",
        "policy_version",
        "attempt",
        "fence",
        "operation_key",
        "correlation_id",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the permission of the trail, not only of the table."""
        return request.user.has_perm("assignment.view_audit") and teams_of(request) is None

    @admin.display(description="when", ordering="pk")
    def time(self, event: AuditEvent) -> SafeString:
        """The database's time, to the second: what happened in one minute has an order."""
        return moment_to_second(event.at)

    @admin.display(description="who", ordering="actor")
    def who(self, event: AuditEvent) -> SafeString:
        """The actor; a person stands out."""
        if event.actor_kind != AuditEvent.Actor.USER:
            return format_html('<span class="quiet">{}</span>', event.actor)
        return format_html("{}", event.actor)

    @admin.display(description="action", ordering="action")
    def what(self, event: AuditEvent) -> SafeString:
        """What was done, in words; its code on pointing at it."""
        return format_html('<span title="{}">{}</span>', event.action, action_words(event.action))

    @admin.display(description="object", ordering="object_ref")
    def subject(self, event: AuditEvent) -> SafeString:
        """The kind and the ref of the object; that of a booking or session opens its list entry."""
        if event.object_type not in ("booking", "session"):
            return format_html(
                '<span class="quiet">{}</span> {}',
                event.object_type.replace("_", " "),
                event.object_ref,
            )
        address = reverse(f"admin:assignment_{event.object_type}_changelist")
        return format_html(
            '<span class="quiet">{}</span> <a href="{}?q={}">{}</a>',
            event.object_type,
            address,
            event.object_ref,
            event.object_ref,
        )

    @admin.display(description="change")
    def transition(self, event: AuditEvent) -> SafeString | str:
        """From which state to which."""
        if not event.to_state:
            return ", ".join(event.changes)
        if not event.from_state:
            return badge(event.to_state)
        return format_html("{} → {}", badge(event.from_state), badge(event.to_state))

    @admin.display(description="details")
    def details(self, event: AuditEvent) -> SafeString:
        """Field by field, before and after."""
        text = json.dumps(event.changes, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html('<pre class="details">{}</pre>', text)


class OutcomeFilter(admin.SimpleListFilter):
    """What was decided, in the words of the badges."""

    title = "outcome"
    parameter_name = "outcome__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer all outcomes."""
        return [(outcome, outcome) for outcome in Outcome.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one outcome."""
        if self.value() is None:
            return queryset
        if self.value() not in Outcome.values:
            raise IncorrectLookupParameters("no such outcome")
        return queryset.filter(outcome=self.value())


@admin.register(Decision)
class DecisionAdmin(TeamLimited, History):
    """Every decision; the booking's page shows the latest one with its candidates."""

    team_path = "booking__team"
    list_display = ("time", "booking_link", "result", "reason_text", "policy", "decided_by")
    list_display_links = None
    list_select_related = ("booking", "policy")
    list_filter = (OutcomeFilter, "reason_code")
    search_fields = ("^booking__ref",)
    search_help_text = "Beginning of the booking's ref"
    empty_text = "No decision yet. A sweep or “process now” makes decisions."
    fields = ("time", "booking_link", "result", "reason_text", "policy", "decided_by", "operation")
    readonly_fields = ("time", "booking_link", "result")

    @admin.display(description="decided", ordering="decided_at")
    def time(self, decision: Decision) -> SafeString | str:
        """The business clock."""
        return moment(decision.decided_at)

    @admin.display(description="booking", ordering="booking__ref")
    def booking_link(self, decision: Decision) -> SafeString:
        """A link to the booking, where the candidates stand."""
        return link(decision.booking)

    @admin.display(description="outcome", ordering="outcome")
    def result(self, decision: Decision) -> SafeString:
        """The outcome as a badge."""
        return badge(decision.outcome)


@admin.register(Assignment)
class AssignmentAdmin(TeamLimited, History):
    """Who is busy with what."""

    team_path = "interpreter__team"
    list_display = ("interpreter_link", "purpose_link", "when", "status", "chosen_by", "made")
    list_display_links = None
    list_select_related = ("interpreter", "booking", "session")
    list_filter = ("state", PurposeFilter, MadeFilter, "by_hand", OwnPersonFilter)
    search_fields = ("^booking__ref", "^session__ref", "^interpreter__ref", "^interpreter__name")
    search_help_text = "Ref, or name of the person"
    ordering = ("starts_at", "pk")
    empty_text = "No assignment matches. A sweep or “process now” assigns what is due."
    fields = ("interpreter_link", "purpose_link", "position", "when", "status", "by_hand", "made")
    readonly_fields = ("interpreter_link", "purpose_link", "when", "status", "made")
    tabs = (("All", ""), ("Made today", "made=today"), ("Active", "state__exact=active"))

    @admin.display(description="interpreter", ordering="interpreter__name")
    def interpreter_link(self, row: Assignment) -> SafeString:
        """A link to the person."""
        return link(row.interpreter)

    @admin.display(description="for", ordering="booking__ref")
    def purpose_link(self, row: Assignment) -> SafeString:
        """A link to the booking or the session."""
        return link(row.purpose)

    @admin.display(description="when", ordering="starts_at")
    def when(self, row: Assignment) -> SafeString:
        """Day and time in the display time zone."""
        return period(row.starts_at, row.ends_at)

    @admin.display(description="state", ordering="state")
    def status(self, row: Assignment) -> SafeString:
        """The state as a badge."""
        return badge(row.state)

    @admin.display(description="chosen by", ordering="by_hand")
    def chosen_by(self, row: Assignment) -> str:
        """Who chose: a person or the engine."""
        return "a person" if row.by_hand else "the engine"

    @admin.display(description="made", ordering="created_at")
    def made(self, row: Assignment) -> SafeString | str:
        """When it was written."""
        return moment(row.created_at)
