"""Sessions: who waits, who is served by whom, why, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from assignment.enums import AssignmentState
from assignment.field_rules import canonical_languages
from assignment.models import Assignment, Desk, Session
from assignment.sessions.requesting import enter, require_together
from pooling.admin.audited import Audited, RefusableForm, actor_of, saving_of
from pooling.admin.cells import EMPTY, badge, distance, link, tags
from pooling.admin.filters import LanguageFilter
from pooling.admin.lists import SafeList
from pooling.admin.next_ref import HELP, next_ref
from pooling.admin.session_actions import SessionPages, may_act
from pooling.admin.session_filters import StageFilter
from pooling.admin.session_page import session_page, why_it_waits
from pooling.admin.teams import TeamLimited, teams_of

HOLDER = Prefetch(
    "assignments",
    queryset=Assignment.objects.filter(state=AssignmentState.ACTIVE).select_related("interpreter"),
    to_attr="active_work",
)


class SessionForm(RefusableForm):
    """A new session: to which desk, who, how, in which languages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "ref" in self.fields:
            self.fields["ref"].help_text = HELP

    def clean_languages(self) -> str:
        """Return the canonical tags."""
        return canonical_languages(self.cleaned_data["languages"])

    def clean(self) -> dict[str, Any]:
        """Ask for a team or a tenant that belong together; a limited person names a team."""
        cleaned = super().clean()
        team, tenant = cleaned.get("team"), cleaned.get("tenant")
        if team is not None and tenant is None:
            cleaned["tenant"] = team.tenant
        try:
            require_together(Session(team=team, tenant=cleaned.get("tenant")))
        except ValidationError as error:
            self.add_error("team", error)
        if team is None and teams_of(self.request) is not None:
            self.add_error("team", "Choose one of your teams.")
        return cleaned


@admin.register(Session)
class SessionAdmin(SessionPages, Audited, TeamLimited, SafeList):
    """Sessions of every stage; what was asked for is never edited."""

    object_type = "session"
    team_path = "team"
    form = SessionForm
    list_display = (
        "ref",
        "stage",
        "desk",
        "channel",
        "language_list",
        "priority",
        "asked",
        "holder",
        "why",
    )
    list_display_links = ("ref",)
    list_select_related = ("team__desk", "tenant__desk")
    list_filter = (StageFilter, "channel", "reason_code", "team", "tenant", LanguageFilter)
    search_fields = ("^ref", "=contact", "^requester")
    search_help_text = "Ref, requester or exact contact"
    ordering = ("-priority", "requested_at", "pk")
    autocomplete_fields = ("team", "tenant")
    empty_text = "No session matches. Clear the filters, or add one."
    tabs = (
        ("All", ""),
        ("Unassigned", "stage=queued"),
        ("With an interpreter", "stage=held"),
        ("Resolved", "stage=resolved"),
    )
    fields = (
        "ref",
        ("team", "tenant"),
        ("channel", "priority"),
        ("languages", "skills"),
        ("requester", "contact"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        """Load who has each session with the page."""
        rows: QuerySet[Session] = super().get_queryset(request)
        return rows.prefetch_related(HOLDER)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the next ref."""
        return {
            "ref": next_ref(Session, first="S-1"),
            **super().get_changeform_initial_data(request),
        }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was asked for stays; the actions are on the page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A session is resolved, never deleted."""
        return False

    @admin.display(description="state", ordering="state")
    def stage(self, session: Session) -> SafeString:
        """The state as a badge."""
        return badge(session.state)

    @admin.display(description="desk", ordering="team__name")
    def desk(self, session: Session) -> str:
        """The team or tenant to whose desk it comes."""
        return str(session.team or session.tenant)

    @admin.display(description="languages")
    def language_list(self, session: Session) -> SafeString | str:
        """The languages as tags."""
        return tags(session.language_tags)

    @admin.display(description="asked for", ordering="requested_at")
    def asked(self, session: Session) -> str:
        """How long ago it was asked for."""
        return distance(session.requested_at, now=timezone.now())

    @admin.display(description="with")
    def holder(self, session: Any) -> SafeString | str:
        """Who has it."""
        return link(session.active_work[0].interpreter) if session.active_work else EMPTY

    @admin.display(description="why it waits", ordering="reason_code")
    def why(self, session: Session) -> str:
        """The reason of the last decision, or that there is nobody to decide, in words."""
        return why_it_waits(session, desk=_desk(session)) or EMPTY

    def save_model(
        self, request: HttpRequest, obj: Session, form: forms.ModelForm, change: bool
    ) -> None:
        """Let it enter the queue, which is served once this is committed."""
        obj.tenant = form.cleaned_data["tenant"]
        enter(obj, now=timezone.now(), actor=actor_of(request))

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool
    ) -> None:
        """Nothing hangs below a session; its audit event is written where it enters."""
        saving_of(request).saved = form.instance

    def after_save(self, request: HttpRequest, saved: Session) -> None:
        """Say what became of it."""
        row = self.get_queryset(request).get(pk=saved.pk)
        names = [work.interpreter.name for work in getattr(row, "active_work", ())]
        given = f", given to {names[0]}" if names else f". {self.why(row)}"
        messages.info(request, f"{row.ref} is now {row.state}{given}")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add where it stands, its decision with the candidates, its timeline and actions."""
        session = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if session is not None and self.has_view_permission(request, session):
            context |= session_page(session, request=request)
            context["offered"] = self.offered(session) if may_act(request) else ()
        return super().change_view(request, object_id, form_url, context)


def _desk(session: Session) -> Desk | None:
    """Return the desk to which a session of a list comes, which was read with the list."""
    return getattr(session.team or session.tenant, "desk", None)
