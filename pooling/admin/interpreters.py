"""Interpreters: what they can do, when they work, what comes up, how much they have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assignment.enums import BUSY_STATES
from assignment.field_rules import canonical_languages
from assignment.ledger import Standing, fairness
from assignment.models import Assignment, Booking, Interpreter, Leave
from assignment.policies import policy_to_show
from pooling.admin.audited import KeptForGood, RefusableForm, actor_of, saving_of
from pooling.admin.cells import EMPTY, badge, link, period, tags
from pooling.admin.export_files import export_interpreters
from pooling.admin.fact_forms import FactForm
from pooling.admin.filters import LanguageFilter
from pooling.admin.import_views import may_import_interpreters
from pooling.admin.lists import SafeList
from pooling.admin.person_pages import PersonPages
from pooling.admin.teams import TeamLimited, TeamLimitedInline
from pooling.changes import bookings_changed

DECISIVE = frozenset(
    {"languages", "skills", "team", "hours", "time_zone", "active", "weight", "leave"}
)
"""Facts that a binding relies on: after a change the person's work is checked again."""
COMING = 10
"""Assignments that the page of a person lists."""


class InterpreterList(ChangeList):
    """The list, with the fairness ledger read once for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        """Hand each person their standing."""
        super().get_results(request)
        standing = standings()
        for person in self.result_list:
            person.standing = standing.get(person.ref)


def standings() -> dict[str, tuple[str, Standing]]:
    """Return how the fair share is defined, hours and fair share, by ref of all active people."""
    found = fairness(now=timezone.now(), policy=policy_to_show())
    return {row.ref: (found.definition, row) for row in found.rows}


def balance(found: tuple[str, Standing] | None) -> SafeString | str:
    """Return hours against the fair share, such as ``18.5 of 19.0 h``, named on hovering."""
    if found is None:
        return EMPTY
    definition, standing = found
    return format_html(
        '<span title="{}">{} <span class="quiet">of {} h</span></span>',
        definition.capitalize(),
        floatformat(standing.hours, 1),
        floatformat(standing.share, 1),
    )


class LeaveInline(TeamLimitedInline):
    """The leave of an interpreter that is not over yet."""

    model = Leave
    form = FactForm
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
class InterpreterAdmin(PersonPages, KeptForGood, TeamLimited, SafeList):
    """Interpreters, with their leave and their next work."""

    object_type = "interpreter"
    private = ("name", "email", "phone")
    team_path = "team"
    form = InterpreterForm
    inlines = (LeaveInline,)
    actions = (export_interpreters,)
    list_display = ("ref", "name", "team", "language_list", "weight", "ledger", "hours", "status")
    list_display_links = ("ref", "name")
    list_select_related = ("team",)
    list_filter = ("active", "team", LanguageFilter)
    search_fields = ("^ref", "name")
    search_help_text = "Ref, or any part of the name"
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
        ("Work", {"fields": ("balance", "upcoming")}),
    )

    @admin.display(description="languages")
    def language_list(self, person: Interpreter) -> SafeString | str:
        """The languages as tags."""
        return tags(person.language_tags)

    @admin.display(description="hours of fair share")
    def ledger(self, person: Any) -> SafeString | str:
        """Hours in the fairness window against the fair share."""
        return balance(person.standing)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Read the ledger once for the page."""
        return InterpreterList

    @admin.display(description="state", ordering="active")
    def status(self, person: Interpreter) -> SafeString:
        """Active or not."""
        return badge("active") if person.active else badge("inactive")

    def tools(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Offer the import to those who may."""
        address = reverse("admin:pooling_import_interpreters")
        return [("Import", address)] if may_import_interpreters(request) else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The ref never changes; what comes up is shown, not edited."""
        return ("ref", "balance", "upcoming") if obj else ("balance", "upcoming")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add the pages behind the person."""
        person = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if person is not None and self.has_view_permission(request, person):
            context["person_links"] = self.person_links(request, person)
        return super().change_view(request, object_id, form_url, context)

    def people_behind(self, item: Interpreter, form: forms.ModelForm | None) -> set[int]:
        """Lock the person themselves."""
        return {item.pk} if item.pk else set()

    @admin.display(description="hours of fair share")
    def balance(self, person: Interpreter) -> SafeString | str:
        """Hours in the fairness window against the fair share, its name, and the way to more."""
        if not person.pk:
            return EMPTY
        found = standings().get(person.ref)
        address = reverse("admin:fairness_person", args=(person.pk,))
        name = f" ({found[0]})" if found else ""
        more = format_html('<a href="{}">Line by line</a>', address)
        return format_html("{}{} {}", balance(found), name, more)

    @admin.display(description="next work")
    def upcoming(self, person: Interpreter) -> SafeString | str:
        """The next ten assignments."""
        return upcoming_work(person)

    def after_save(self, request: HttpRequest, saved: Interpreter) -> None:
        """Check the person's work again when a fact behind it changed."""
        if DECISIVE & set(saving_of(request).changes) and saving_of(request).before:
            recheck_work(request, Q(assignments__interpreter=saved), f"{saved.ref} was changed.")


def upcoming_work(person: Interpreter) -> SafeString | str:
    """Return the next assignments of a person as a list, and where all of them stand."""
    rows = (
        Assignment.objects.filter(
            interpreter=person, state__in=BUSY_STATES, ends_at__gt=timezone.now()
        )
        .select_related("booking", "session")
        .order_by("starts_at")[: COMING + 1]
    )
    lines = [(period(row.starts_at, row.ends_at), link(row.purpose)) for row in rows]
    if len(lines) > COMING:
        address = reverse("admin:assignment_assignment_changelist")
        where = format_html('<a href="{}?q={}">all their work</a>', address, person.ref)
        lines[COMING:] = [(format_html("The next {} are listed:", COMING), where)]
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
            f"Coming bookings checked again: {len(ids)}. What no longer fits is decided anew.",
        )
