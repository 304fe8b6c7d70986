"""People: interpreters, teams, tenants, leave, do-not-send, corrections of the ledger."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from assignment.enums import BUSY_STATES
from assignment.field_rules import canonical_languages
from assignment.models import (
    Assignment,
    Booking,
    DoNotSend,
    Interpreter,
    Leave,
    LedgerAdjustment,
    Team,
    Tenant,
)
from pooling.admin.audited import Audited, RefusableForm, actor_of, saving_of
from pooling.admin.cells import badge, link, moment, period, tags
from pooling.admin.filters import LanguageFilter, OwnPersonFilter
from pooling.admin.lists import SafeList
from pooling.admin.teams import TeamLimited, TeamLimitedInline
from pooling.changes import bookings_changed

SHARES = ("languages", "skills", "team", "hours", "time_zone", "active", "weight")


class KeptForGood(Audited):
    """Rows that others refer to: made inactive instead of deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing that a history refers to is deleted."""
        return False


class LeaveInline(TeamLimitedInline):
    """The leave of an interpreter that is not over yet."""

    model = Leave
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Leave]:
        """Keep what is not over."""
        return super().get_queryset(request).filter(ends_at__gt=timezone.now())


class InterpreterForm(RefusableForm):
    """Languages are kept in one way of writing."""

    def clean_languages(self) -> str:
        """Return the canonical tags."""
        return canonical_languages(self.cleaned_data["languages"])


@admin.register(Interpreter)
class InterpreterAdmin(KeptForGood, TeamLimited, SafeList):
    """Interpreters, with their leave and their next work."""

    object_type = "interpreter"
    private = ("name", "email", "phone")
    team_path = "team"
    form = InterpreterForm
    inlines = (LeaveInline,)
    list_display = ("ref", "name", "team", "language_list", "weight", "hours", "status")
    list_display_links = ("ref", "name")
    list_select_related = ("team",)
    list_filter = ("active", "team", LanguageFilter)
    search_fields = ("^ref", "name")
    search_help_text = "Beginning of the ref, or any part of the name"
    autocomplete_fields = ("team",)
    empty_text = "No interpreter matches. Clear the filters, add one, or import a file."
    tabs = (("All", ""), ("Active", "active__exact=1"), ("Inactive", "active__exact=0"))
    fieldsets = (
        (None, {"fields": ("ref", "name", ("email", "phone"), "active")}),
        ("What they can do", {"fields": ("languages", "skills")}),
        (
            "When and how much they work",
            {
                "fields": (
                    "team",
                    "weight",
                    ("hours", "time_zone"),
                    ("daily_minutes_cap", "weekly_minutes_cap"),
                ),
            },
        ),
        ("Coming up", {"fields": ("upcoming",)}),
    )

    @admin.display(description="languages")
    def language_list(self, person: Interpreter) -> SafeString | str:
        """The languages as tags."""
        return tags(person.language_tags)

    @admin.display(description="state", ordering="active")
    def status(self, person: Interpreter) -> SafeString:
        """Active or not."""
        return badge("active") if person.active else badge("inactive")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The ref never changes; what comes up is shown, not edited."""
        return ("ref", "upcoming") if obj else ("upcoming",)

    def people_behind(self, item: Interpreter, form: forms.ModelForm | None) -> set[int]:
        """Lock the person themselves."""
        return {item.pk} if item.pk else set()

    @admin.display(description="next work")
    def upcoming(self, person: Interpreter) -> SafeString | str:
        """The next ten assignments."""
        return upcoming_work(person)

    def after_save(self, request: HttpRequest, saved: Interpreter) -> None:
        """Check the person's work again when a fact behind it changed."""
        if set(saving_of(request).changes) & {*SHARES, "leave"} and saving_of(request).before:
            recheck_work(request, Q(assignments__interpreter=saved), f"{saved.ref} was changed.")


def upcoming_work(person: Interpreter) -> SafeString | str:
    """Return the next ten assignments of a person as a list."""
    rows = (
        Assignment.objects.filter(
            interpreter=person, state__in=BUSY_STATES, ends_at__gt=timezone.now()
        )
        .select_related("booking")
        .order_by("starts_at")[:10]
    )
    lines = [(period(row.starts_at, row.ends_at), link(row.booking)) for row in rows]
    return format_html_join("", "<p>{} {}</p>", lines) or "Nothing is assigned yet."


def recheck_work(request: HttpRequest, condition: Q, reason: str) -> None:
    """Write: check the coming bookings again whose people's facts changed, and say so."""
    busy = Q(assignments__state__in=BUSY_STATES, starts_at__gt=timezone.now())
    ids = list(Booking.objects.filter(condition & busy).values_list("pk", flat=True).distinct())
    if ids:
        actor = actor_of(request)
        bookings_changed(ids, now=timezone.now(), actor=actor, reason=reason)
        messages.info(
            request,
            f"{len(ids)} coming bookings were checked again; what no longer fits is decided anew.",
        )


class PersonFacts(Audited, TeamLimited, SafeList):
    """Rows that are facts about one interpreter."""

    team_path = "interpreter__team"
    autocomplete_fields = ("interpreter",)
    list_select_related = ("interpreter",)

    def people_behind(self, item: Any, form: forms.ModelForm | None) -> set[int]:
        """Lock the person, and the one whom the row named before."""
        before = form.initial.get("interpreter") if form else None
        return {key for key in (item.interpreter_id, before) if key}

    @admin.display(description="interpreter", ordering="interpreter__name")
    def person(self, row: Any) -> SafeString:
        """A link to the person."""
        return link(row.interpreter)


@admin.register(Leave)
class LeaveAdmin(PersonFacts):
    """Times in which people do not work."""

    object_type = "leave"
    list_display = ("id", "person", "when", "reason")
    list_display_links = ("id",)
    list_filter = (OwnPersonFilter,)
    search_fields = ("^interpreter__ref", "^interpreter__name")
    search_help_text = "Beginning of the interpreter's ref or name"
    ordering = ("-starts_at",)
    empty_text = "No leave matches."

    @admin.display(description="when", ordering="starts_at")
    def when(self, row: Leave) -> SafeString:
        """Begin and end in the display time zone."""
        return period(row.starts_at, row.ends_at)

    def after_save(self, request: HttpRequest, saved: Leave) -> None:
        """Check the work that lies in the leave again."""
        overlap = Q(
            assignments__interpreter=saved.interpreter_id,
            starts_at__lt=saved.ends_at,
            ends_at__gt=saved.starts_at,
        )
        recheck_work(request, overlap, f"Leave of {saved.interpreter.ref} was entered.")


@admin.register(DoNotSend)
class DoNotSendAdmin(PersonFacts):
    """Owners of bookings who do not want a person."""

    object_type = "do_not_send"
    list_display = ("owner", "person", "reason")
    list_filter = (OwnPersonFilter,)
    search_fields = ("^owner", "^interpreter__name")
    search_help_text = "Beginning of the owner's or the interpreter's name"
    empty_text = "Nobody is on the do-not-send list."

    def after_save(self, request: HttpRequest, saved: DoNotSend) -> None:
        """Check the person's work for that owner again."""
        work = Q(assignments__interpreter=saved.interpreter_id, owner=saved.owner)
        reason = f"{saved.owner} does not want {saved.interpreter.ref}."
        recheck_work(request, work, reason)


@admin.register(LedgerAdjustment)
class LedgerAdjustmentAdmin(PersonFacts):
    """Corrections of the fairness ledger: added, never changed."""

    object_type = "ledger_adjustment"
    list_display = ("id", "person", "minutes", "kind", "effective", "reason")
    list_display_links = None
    list_filter = ("kind", OwnPersonFilter)
    search_fields = ("^interpreter__ref", "^interpreter__name")
    search_help_text = "Beginning of the interpreter's ref or name"
    fields = ("interpreter", "minutes", "kind", "effective_at", "reason")
    empty_text = "No correction yet."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A wrong correction is corrected by another one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A wrong correction is corrected by another one."""
        return False

    @admin.display(description="effective", ordering="effective_at")
    def effective(self, row: LedgerAdjustment) -> SafeString | str:
        """From when it counts."""
        return moment(row.effective_at)


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
