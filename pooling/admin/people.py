"""Facts about people: leave, do-not-send, corrections of the ledger."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from assignment.models import DoNotSend, Leave, LedgerAdjustment
from pooling.admin.audited import Audited
from pooling.admin.cells import link, moment, period
from pooling.admin.fact_forms import AdjustmentForm, FactForm
from pooling.admin.filters import OwnPersonFilter
from pooling.admin.interpreters import recheck_work
from pooling.admin.lists import SafeList
from pooling.admin.teams import TeamLimited


class PersonFacts(Audited, TeamLimited, SafeList):
    """Rows that are facts about one interpreter."""

    team_path = "interpreter__team"
    form = FactForm
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
    counted_as = ("time of leave", "times of leave")
    list_display = ("id", "person", "when", "reason")
    list_display_links = ("id",)
    list_filter = (OwnPersonFilter,)
    search_fields = ("^interpreter__ref", "^interpreter__name")
    search_help_text = "Ref or name of the interpreter"
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
    counted_as = ("do-not-send entry", "do-not-send entries")
    list_display = ("owner", "person", "reason")
    list_filter = (OwnPersonFilter,)
    search_fields = ("^owner", "^interpreter__name")
    search_help_text = "Name of owner or interpreter"
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
    form = AdjustmentForm
    list_display = ("id", "person", "minutes", "kind", "effective", "reason")
    list_display_links = None
    list_filter = ("kind", OwnPersonFilter)
    search_fields = ("^interpreter__ref", "^interpreter__name")
    search_help_text = "Ref or name of the interpreter"
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
