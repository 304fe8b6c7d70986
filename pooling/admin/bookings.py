"""Bookings: the list, the form, and the page that says where one stands and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, F, Prefetch, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assignment.enums import BUSY_STATES, BookingState, PoolStatus
from assignment.models import Assignment, Booking
from assignment.on_leave import marked
from pooling.admin.action_pages import StaffActions
from pooling.admin.audited import Audited, actor_of, saving_of
from pooling.admin.booking_actions import ON_BOOKINGS
from pooling.admin.booking_form import DECISIVE, BookingForm, NamedPeople, is_open
from pooling.admin.booking_page import on_leave_then, page_of
from pooling.admin.by_hand_pages import ByHandPages
from pooling.admin.cells import EMPTY, address_of, badge, period, tags
from pooling.admin.decision_table import answers
from pooling.admin.export_files import export_bookings
from pooling.admin.filters import (
    DeadlineFilter,
    LanguageFilter,
    PersonFilter,
    SliceFilter,
    WhenFilter,
)
from pooling.admin.import_views import may_import_bookings
from pooling.admin.lists import SafeList
from pooling.admin.next_ref import next_ref
from pooling.admin.team_view import only_own_people
from pooling.admin.teams import TeamLimited
from pooling.admin.undo_pages import may_undo_one
from pooling.changes import bookings_changed
from pooling.decision_undo import run_to_undo
from pooling.gate import gate
from pooling.holds import ClaimHoldError
from pooling.pool import put_back, state_of
from pooling.processing import process_entries

BUSY = Prefetch(
    "assignments",
    queryset=marked(
        Assignment.objects.filter(state__in=BUSY_STATES)
        .select_related("interpreter")
        .order_by("position")
    ),
    to_attr="busy_assignments",
)


class BookingCells(admin.ModelAdmin):
    """Columns that all lists of bookings share."""

    @admin.display(description="booking", ordering="ref")
    def booking(self, row: Booking) -> SafeString:
        """The title, linked to the page of the booking, and its ref."""
        address = address_of(Booking, row.pk)
        return format_html(
            '<a href="{}">{}</a> <span class="quiet">{}</span>', address, row.title, row.ref
        )

    @admin.display(description="when", ordering="starts_at")
    def when(self, booking: Booking) -> SafeString:
        """Day and time in the display time zone."""
        return period(booking.starts_at, booking.ends_at)

    @admin.display(description="languages")
    def language_list(self, booking: Booking) -> SafeString | str:
        """The languages as tags."""
        return tags(booking.language_tags)

    @admin.display(description="type", ordering="meeting_type")
    def kind(self, booking: Booking) -> str:
        """Meeting type, with the DR type."""
        return " ".join(filter(None, (booking.meeting_type, booking.dr_type)))

    @admin.display(description="state")
    def where(self, booking: Booking) -> SafeString:
        """The one state in which the booking is."""
        return badge(state_of(booking))


@admin.register(Booking)
class BookingAdmin(ByHandPages, StaffActions, Audited, TeamLimited, SafeList, BookingCells):
    """Bookings of every state."""

    object_type = "booking"
    team_path = "team"
    form = BookingForm
    inlines = (NamedPeople,)
    staff_actions = ON_BOOKINGS
    actions = (export_bookings,)
    list_display = ("booking", "when", "where", "people", "kind", "language_list", "team_link")
    list_display_links = None
    list_select_related = ("team",)
    list_filter = (
        SliceFilter,
        WhenFilter,
        "state",
        "meeting_type",
        "team",
        DeadlineFilter,
        PersonFilter,
        LanguageFilter,
    )
    search_fields = ("^ref", "^title")
    search_help_text = "Beginning of the ref or of the title"
    ordering = ("starts_at", "ref")
    autocomplete_fields = ("team", "tenant")
    empty_text = "No booking matches. Clear the filters, add a booking, or import a file."
    tabs = (
        ("Upcoming", ""),
        ("All", "when=all"),
        ("Not gated", "pool=ungated"),
        ("In the pool", "pool=pooled"),
        ("Due", "pool=due"),
        ("Needs a person", "pool=person"),
        ("Assigned", "state__exact=approved"),
        ("Completed", "state__exact=completed"),
        ("Cancelled", "state__exact=cancelled"),
    )
    fieldsets = (
        (None, {"fields": ("ref", "title", ("meeting_type", "dr_type", "other_type"), "opened")}),
        ("When", {"fields": ("starts_at", "ends_at")}),
        (
            "Who is needed",
            {"fields": ("languages", "skills", ("interpreters_needed", "buffer_minutes"), "team")},
        ),
        ("For whom and where", {"fields": (("owner", "group"), ("room", "tenant"))}),
    )

    @admin.display(description="team", ordering="team__name")
    def team_link(self, booking: Booking) -> str:
        """The team, if one is set."""
        return booking.team.name if booking.team else "any"

    @admin.display(description="interpreters")
    def people(self, booking: Any) -> SafeString | str:
        """Who does it, and whether they are on leave then: one query for the whole page."""
        names = ", ".join(row.interpreter.name for row in booking.busy_assignments)
        away = on_leave_then(booking.busy_assignments)
        if not away or booking.state != BookingState.APPROVED:
            return names or EMPTY
        return format_html("{} {}", names, badge("on leave"))

    def tools(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Offer the import to those who may."""
        address = reverse("admin:pooling_import_bookings")
        return [("Import", address)] if may_import_bookings(request) else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        """Load who does it with the page."""
        return super().get_queryset(request).prefetch_related(BUSY)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the hidden mark only where the form can be saved."""
        zone = timezone.get_current_timezone_name()
        savable = obj is not None and self.has_change_permission(request, obj)
        shown = []
        for name, options in self.fieldsets:
            fields = [field for field in options["fields"] if savable or field != "opened"]
            title = f"When (times in {zone})" if name == "When" else name
            shown.append((title, {**options, "fields": fields}))
        return shown

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the next ref."""
        return {
            "ref": next_ref(Booking, first="B-1"),
            **super().get_changeform_initial_data(request),
        }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The ref of a booking never changes."""
        return ("ref",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A booking is cancelled, never deleted."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is completed or cancelled stays as it was."""
        return is_open(obj) and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:
        """Write only the fields of the form, and the next version; never a pool column."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        before = saving_of(request).before = Booking.objects.get(pk=obj.pk)
        if before.pool_deadline_time and obj.starts_at < before.pool_deadline_time:
            put_back(
                Booking.objects.filter(pk=obj.pk),
                actor=actor_of(request),
                action="moved",
                reason="Its new start lies before its old deadline: it is gated again.",
            )
        fields = [name for name in form.changed_data if name in form.fields and name != "opened"]
        obj.version = F("version") + 1
        obj.save(update_fields=[*fields, "version"])
        obj.refresh_from_db(fields=("version",))

    def after_save(self, request: HttpRequest, saved: Booking) -> None:
        """Gate a new booking, check a changed one again, and decide what is due."""
        now, actor = timezone.now(), actor_of(request)
        changes = saving_of(request).changes
        had = names_of(saved)
        if saved.starts_at <= now and (saving_of(request).before is None or "starts_at" in changes):
            messages.warning(
                request,
                f"{saved.ref} starts in the past, so nobody is assigned to it: correct the time, "
                "or cancel it.",
            )
        if saving_of(request).before is None:
            gate([saved.pk], now=now, actor=actor)
        elif DECISIVE & set(changes):
            bookings_changed(
                [saved.pk], now=now, actor=actor, reason=f"Changed: {', '.join(changes)}."
            )
        else:
            return
        saved.refresh_from_db()
        if saved.pool_status == PoolStatus.READY:
            self._decide(request, saved)
        say_where_it_stands(request, saved, had=had)

    def _decide(self, request: HttpRequest, booking: Booking) -> None:
        try:
            process_entries(
                [booking.pk],
                now=timezone.now(),
                actor=actor_of(request),
                key=f"saved:{booking.pk}:{booking.version}",
                reason="It was saved, and due at once.",
            )
        except ClaimHoldError as hold:
            messages.warning(request, f"The booking is saved and waits. {hold}")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add where the booking stands, its decision and its timeline."""
        booking = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if booking is not None and self.has_view_permission(request, booking):
            question = request.GET.get("why", "").strip()[:100]
            context |= page_of(booking, question=question, now=timezone.now())
            if context["table"]:
                table = context["table"] = only_own_people(context["table"], request)
                context["answers"] = answers(table, booking, now=timezone.now())
            context["offered"] = self._offered(request, booking)
            context |= self.who_else(request, booking)
            if may_undo_one(request):
                context["run_to_undo"] = run_to_undo(booking, now=timezone.now())
        return super().change_view(request, object_id, form_url, context)

    def _offered(self, request: HttpRequest, booking: Booking) -> list[dict[str, Any]]:
        """Return the actions that the person may run on this booking as it is now: one query."""
        mine = [action for action in self.staff_actions if self.may(request, action)]
        legal = [Case(When(action.legal, then=True), default=False) for action in mine]
        rows = Booking.objects.filter(pk=booking.pk).values_list(*legal) if mine else ()
        return [
            {"name": action.name, "label": action.label, "dangerous": action.dangerous}
            for row in rows
            for action, is_legal in zip(mine, row, strict=True)
            if is_legal
        ]


def names_of(booking: Booking) -> list[str]:
    """Return the names of those who have a booking, by position."""
    busy = Assignment.objects.filter(booking=booking, state__in=BUSY_STATES)
    return list(busy.order_by("position", "pk").values_list("interpreter__name", flat=True))


def say_where_it_stands(request: HttpRequest, booking: Booking, *, had: Iterable[str] = ()) -> None:
    """Tell who saved a booking what became of it, who has it, and who of those before has not."""
    booking.refresh_from_db()
    names = names_of(booking)
    if lost := [name for name in had if name not in names]:
        messages.warning(request, f"Does not have {booking.ref} any more: {', '.join(lost)}.")
    given = f", given to {', '.join(names)}" if names else ""
    messages.info(request, f"{booking.ref} is now: {state_of(booking)}{given}.")
