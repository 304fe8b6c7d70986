"""Pool entries, and the bookings that need a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assignment.enums import BookingState, PoolStatus, Reason
from pooling.admin.action_pages import StaffActions
from pooling.admin.actions import confirmation
from pooling.admin.booking_actions import ON_ATTENTION, ON_ENTRIES, RETRY
from pooling.admin.booking_page import on_leave_then
from pooling.admin.bookings import BUSY, BookingCells
from pooling.admin.cells import EMPTY, badge, distance, moment
from pooling.admin.filters import (
    AttentionSliceFilter,
    DeadlineFilter,
    EntrySliceFilter,
    LanguageFilter,
    mode_in_force,
)
from pooling.admin.lists import History
from pooling.admin.teams import TeamLimited
from pooling.admin.waiting import cure_of, waiting_of
from pooling.deadlines import urgency_level
from pooling.models import Attention, PoolEntry
from pooling.pool import state_of
from pooling.slices import slice_filter


class BookingRows(StaffActions, TeamLimited, History, BookingCells):
    """A list of bookings seen from the pool; each row opens the booking's own page."""

    team_path = "team"
    list_select_related = ("cure__interpreter",)
    search_fields = ("^ref", "^title")
    search_help_text = "Beginning of the ref or of the title"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Open the booking itself: it has one page."""
        return HttpResponseRedirect(reverse("admin:assignment_booking_change", args=(object_id,)))


@admin.register(PoolEntry)
class PoolEntryAdmin(BookingRows):
    """What is in the pool, most urgent first."""

    staff_actions = ON_ENTRIES
    list_display = (
        "booking",
        "deadline",
        "when",
        "status",
        "why",
        "tries",
        "kind",
    )
    list_display_links = None
    list_filter = (EntrySliceFilter, DeadlineFilter, "meeting_type", "team", LanguageFilter)
    ordering = ("pool_deadline_time", "pool_entry_time", "ref")
    empty_text = "The pool holds no such entry. New bookings pass the gate into the pool."
    tabs = (
        ("All", ""),
        ("Waiting", "pool=waiting"),
        ("Due", "pool=due"),
        ("Overdue", "pool=overdue"),
        ("Processing", "pool=processing"),
        ("Stuck", "pool=stuck"),
        ("Failed", "pool=failed"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep what is in the pool."""
        return super().get_queryset(request).filter(pool_status__isnull=False)

    @admin.display(description="status", ordering="pool_status")
    def status(self, entry: PoolEntry) -> SafeString:
        """The status of the entry, and since when it is in the pool."""
        return _since(entry.pool_status or "", entry.pool_entry_time)

    @admin.display(description="deadline", ordering="pool_deadline_time")
    def deadline(self, entry: PoolEntry) -> SafeString | str:
        """When it must be decided, the time to go, and how urgent that is."""
        until = entry.pool_deadline_time
        if until is None:
            return EMPTY
        now = timezone.now()
        left, level = distance(until, now=now), badge(urgency_level(until, now=now))
        return format_html('{}<br>{} <span class="quiet">{}</span>', moment(until), level, left)

    @admin.display(description="attempts", ordering="pool_processing_attempts")
    def tries(self, entry: PoolEntry) -> int:
        """How often it was claimed."""
        return entry.pool_processing_attempts

    @admin.display(description="why it waits", ordering="pool_next_attempt_at")
    def why(self, entry: PoolEntry) -> SafeString | str:
        """Why it is not assigned yet; where something is wrong, what comes next and a cure."""
        found = waiting_of(entry, now=timezone.now())
        comes = f"Next attempt: {found.next_attempt}. " if found.next_attempt else ""
        if not comes and not found.cure:
            return found.why
        return format_html('{}<br><span class="quiet">{}{}</span>', found.why, comes, found.cure)


@admin.register(Attention)
class AttentionAdmin(BookingRows):
    """What the machine hands to a person, soonest meeting first."""

    counted_as = ("booking that needs a person", "bookings that need a person")
    staff_actions = ON_ATTENTION
    list_display = ("booking", "when", "reason", "offer", "status", "kind", "language_list")
    list_display_links = None
    list_filter = (AttentionSliceFilter, "escalation_code", "meeting_type", "team", LanguageFilter)
    ordering = ("starts_at", "ref")
    empty_text = (
        "Nothing needs a person. Escalated and failed bookings appear here, and those whose "
        "interpreter is on leave then."
    )
    tabs = (
        ("All", ""),
        ("Escalated", "pool=escalated"),
        ("Failed", "pool=failed"),
        ("On leave", "pool=on_leave"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keep the escalated, the failed, and what somebody has who is on leave then."""
        condition = slice_filter("person", now=timezone.now(), mode=mode_in_force())
        return super().get_queryset(request).filter(condition).prefetch_related(BUSY)

    def get_urls(self) -> list[URLPattern]:
        """Add trying one booking again."""
        view = self.admin_site.admin_view(self.try_again_view)
        name = "pooling_attention_try_again"
        return [path("<int:booking_id>/try-again/", view, name=name), *super().get_urls()]

    def try_again_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        """Show the confirmation of a retry, with the offer as its reason; changes nothing."""
        if not self.has_view_permission(request) or not self.may(request, RETRY):
            raise PermissionDenied
        booking = get_object_or_404(self.get_queryset(request), pk=booking_id)
        return confirmation(self, request, RETRY, ids=[booking.pk], reason=_offer(booking))

    @admin.display(description="what would cure it")
    def offer(self, entry: Attention) -> SafeString | str:
        """Who could take it by now, with one click to try again."""
        if entry.state == BookingState.APPROVED:
            page = reverse("admin:assignment_booking_change", args=(entry.pk,))
            return format_html(
                '<a class="button small" href="{}?else=1#substitutes">Who else could take it</a>',
                page,
            )
        address = reverse("admin:pooling_attention_try_again", args=(entry.pk,))
        if cure_of(entry) is None:
            return "Change what stands in the way, then retry it."
        return format_html(
            '<strong>{}</strong><br><a class="button small" href="{}">Try again</a>',
            _offer(entry),
            address,
        )

    @admin.display(description="state", ordering="escalated_at")
    def status(self, entry: Attention) -> SafeString:
        """Escalated since, or failed and in the pool since."""
        if entry.state == BookingState.APPROVED:
            return badge("on leave")
        return _since(state_of(entry), entry.escalated_at or entry.pool_entry_time)

    @admin.display(description="why")
    def reason(self, entry: Any) -> SafeString:
        """The reason in words, then the details."""
        if entry.state == BookingState.APPROVED:
            names = ", ".join(on_leave_then(entry.busy_assignments))
            return format_html(
                '<strong>{} is on leave then</strong><br><span class="quiet">It stayed with them: '
                "give it to somebody else, or take the leave back.</span>",
                names,
            )
        if entry.pool_status == PoolStatus.FAILED:
            return format_html("{}", entry.pool_last_error or "Processing failed.")
        label = Reason(entry.escalation_code).label
        return format_html(
            '<strong>{}</strong><br><span class="quiet">{}</span>',
            label[:1].upper() + label[1:],
            entry.escalation_text,
        )


def _since(state: str, start: dt.datetime | None) -> SafeString:
    return format_html('{} <span class="quiet">since {}</span>', badge(state), moment(start))


def _offer(booking: Any) -> str:
    """Return the offer in words; empty without one."""
    offer = cure_of(booking)
    return f"{offer.interpreter.name} could take it now." if offer else ""
