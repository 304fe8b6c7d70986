"""Desks that take sessions, and who is there: schedules, strategies, presence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assignment import sessions
from assignment.enums import AssignmentState, PresenceStatus, SessionState
from assignment.models import Desk, Presence, Session
from pooling.admin.audited import KeptForGood, RefusableForm, actor_of, saving_of
from pooling.admin.cells import badge, link, moment
from pooling.admin.filters import OwnPersonFilter
from pooling.admin.lists import SafeList
from pooling.admin.teams import TeamLimited


class DeskForm(RefusableForm):
    """A desk whose hours are told with their time zone; a new one takes that of its team."""

    class Meta:
        help_texts = {
            "hours": "Such as Mon-Fri 08:00-17:00;Fri 22:00-06:00, in the time zone below. "
            "Empty = always open, as long as there is a time zone.",
            "time_zone": "Such as Europe/Paris. Empty on a new desk = that of its team; without "
            "any the desk is closed.",
        }

    def clean(self) -> dict[str, Any]:
        """Refuse hours without a time zone: nobody could tell when they are."""
        cleaned = super().clean()
        team, is_new = cleaned.get("team"), self.instance.pk is None
        if is_new and team and not cleaned.get("time_zone") and "time_zone" not in self.errors:
            cleaned["time_zone"] = team.time_zone
        if cleaned.get("hours") and not cleaned.get("time_zone") and "time_zone" not in self.errors:
            self.add_error(
                "time_zone",
                "Name the time zone of the opening hours, such as Europe/Paris: without one the "
                "desk is closed.",
            )
        return cleaned


@admin.register(Desk)
class DeskAdmin(KeptForGood, TeamLimited, SafeList):
    """How each team, or a whole tenant, takes sessions."""

    object_type = "desk"
    form = DeskForm
    team_path = "team"
    list_display = ("desk", "schedule", "strategy", "max_chats", "accept_seconds", "waiting")
    list_display_links = ("desk",)
    list_select_related = ("team", "tenant")
    list_filter = ("strategy",)
    search_fields = ("^team__ref", "^team__name", "^tenant__ref", "^tenant__name")
    search_help_text = "Ref or name of a team or tenant"
    ordering = ("team__ref", "tenant__ref", "pk")
    autocomplete_fields = ("team", "tenant")
    empty_text = "No desk yet. Add one for each team that takes sessions."
    fieldsets = (
        (None, {"fields": (("team", "tenant"),)}),
        ("When it is open", {"fields": (("hours", "time_zone"),)}),
        (
            "Who gets a session",
            {
                "fields": (
                    ("strategy", "period"),
                    ("max_chats", "expected_minutes", "accept_seconds"),
                )
            },
        ),
        ("What requesters are told", {"fields": ("out_of_office_text", "nobody_there_text")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Desk]:
        """Count what waits for each desk, with the page."""
        rows: QuerySet[Desk] = super().get_queryset(request)
        queued = Session.objects.order_by().filter(state=SessionState.UNASSIGNED)
        of_team = queued.filter(team=OuterRef("team")).values("team")
        of_tenant = queued.filter(team__isnull=True, tenant=OuterRef("tenant")).values("tenant")
        counts = (part.annotate(n=Count("pk")).values("n") for part in (of_team, of_tenant))
        return rows.annotate(queued=Coalesce(*(Subquery(part) for part in counts), 0))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A desk stays with its team or tenant."""
        return ("team", "tenant") if obj else ()

    @admin.display(description="desk", ordering="team__ref")
    def desk(self, desk: Desk) -> str:
        """The team or tenant whose sessions come here."""
        return desk.team.name if desk.team else f"all of {desk.tenant}"

    @admin.display(description="open")
    def schedule(self, desk: Desk) -> SafeString | str:
        """Opening hours with their time zone."""
        if not desk.time_zone:
            return format_html("{} no time zone", badge("closed", kind="stop"))
        return f"{desk.hours or 'always'} ({desk.time_zone})"

    @admin.display(description="unassigned")
    def waiting(self, desk: Any) -> SafeString:
        """How many sessions nobody has yet, linked to them."""
        owner = (
            f"team__id__exact={desk.team_id}"
            if desk.team_id
            else f"tenant__id__exact={desk.tenant_id}&team__isnull=True"
        )
        address = f"{reverse('admin:assignment_session_changelist')}?stage=queued&{owner}"
        return format_html('<a href="{}">{}</a>', address, desk.queued)

    def after_save(self, request: HttpRequest, saved: Desk) -> None:
        """Serve the queue: the desk may be open now, or take more."""
        if not saved.time_zone:
            messages.warning(request, "The desk is closed: it has no time zone.")
        done = sessions.drain(saved, now=timezone.now(), actor=actor_of(request))
        if done.assigned:
            messages.info(request, f"Sessions that got somebody now: {len(done.assigned)}.")


@admin.register(Presence)
class PresenceAdmin(KeptForGood, TeamLimited, SafeList):
    """Who takes sessions now."""

    object_type = "presence"
    counted_as = ("person", "people")
    team_path = "interpreter__team"
    list_display = ("person", "team", "state", "since_when", "most", "holds")
    list_display_links = ("state",)
    list_select_related = ("interpreter__team__desk",)
    list_filter = ("status", OwnPersonFilter)
    search_fields = ("^interpreter__ref", "^interpreter__name")
    search_help_text = "Ref or name of the interpreter"
    ordering = ("interpreter__name", "pk")
    autocomplete_fields = ("interpreter",)
    fields = ("interpreter", "status", "max_chats")
    empty_text = "Nobody has ever been online. Add a person to say that they are there."
    tabs = (
        ("All", ""),
        ("Online", "status__exact=online"),
        ("Away", "status__exact=away"),
        ("Offline", "status__exact=offline"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Presence]:
        """Count the sessions that each person has, with the page."""
        live = Q(
            interpreter__assignments__state=AssignmentState.ACTIVE,
            interpreter__assignments__session__isnull=False,
        )
        rows: QuerySet[Presence] = super().get_queryset(request)
        return rows.annotate(held=Count("interpreter__assignments", filter=live))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row stays with its person."""
        return ("interpreter",) if obj else ()

    @admin.display(description="interpreter", ordering="interpreter__name")
    def person(self, row: Presence) -> SafeString:
        """A link to the person."""
        return link(row.interpreter)

    @admin.display(description="team", ordering="interpreter__team__name")
    def team(self, row: Presence) -> str:
        """The team whose desk they serve."""
        return row.interpreter.team.name if row.interpreter.team else "none: gets no sessions"

    @admin.display(description="presence", ordering="status")
    def state(self, row: Presence) -> SafeString:
        """Online, away or offline."""
        return badge(row.status)

    @admin.display(description="since", ordering="since")
    def since_when(self, row: Presence) -> SafeString | str:
        """Since when."""
        return moment(row.since)

    @admin.display(description="chats at most")
    def most(self, row: Presence) -> str:
        """Their own limit, or that of the desk."""
        return "as the desk" if row.max_chats is None else str(row.max_chats)

    @admin.display(description="has now", ordering="held")
    def holds(self, row: Any) -> SafeString:
        """How many sessions they have, linked to that work."""
        address = reverse("admin:assignment_assignment_changelist")
        return format_html(
            '<a href="{}?purpose=session&state__exact=active&interpreter={}">{}</a>',
            address,
            row.interpreter_id,
            row.held,
        )

    def people_behind(self, item: Presence, form: forms.ModelForm | None) -> set[int]:
        """Lock the person."""
        return {item.interpreter_id}

    def save_model(
        self, request: HttpRequest, obj: Presence, form: forms.ModelForm, change: bool
    ) -> None:
        """Write through the one verb, so that sessions follow; the limit under the same lock."""
        saving_of(request).before = Presence.objects.filter(pk=obj.pk).first()
        sessions.set_presence(
            obj.interpreter_id,
            PresenceStatus(form.cleaned_data["status"]),
            now=timezone.now(),
            actor=actor_of(request),
        )
        row, _ = Presence.objects.get_or_create(
            interpreter=obj.interpreter, defaults={"since": timezone.now()}
        )
        row.max_chats = obj.max_chats
        row.save(update_fields=("max_chats",))
        obj.pk = row.pk
