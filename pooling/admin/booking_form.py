"""The form of a booking: the rules of a booking as form errors, and no stale save."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from assignment.booking_rules import BookingValues, booking_findings, people_findings
from assignment.enums import BookingState, PersonKind
from assignment.field_rules import canonical_languages
from assignment.models import AuditEvent, Booking, BookingPerson
from pooling.admin.audited import RefusableForm
from pooling.admin.cells import moment_text
from pooling.admin.next_ref import HELP
from pooling.admin.teams import TeamLimitedInline, teams_of

DECISIVE = frozenset(
    {
        "meeting_type",
        "dr_type",
        "starts_at",
        "ends_at",
        "languages",
        "skills",
        "team",
        "tenant",
        "owner",
        "group",
        "interpreters_needed",
        "buffer_minutes",
        "named interpreter",
    }
)
"""What a decision relies on: a change of one of these is checked again after the save."""


class BookingForm(RefusableForm):
    """Refuses what ``booking_rules`` refuses, and what changed since the page was opened."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)
    unsaved = ("opened",)

    class Meta:
        model = Booking
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "ref" in self.fields:
            self.fields["ref"].help_text = HELP
        if "opened" in self.fields and self.instance.pk:
            self.initial["opened"] = opened_mark(self.instance)

    def clean(self) -> dict[str, Any]:
        """Check the whole booking; each finding stands at its field."""
        cleaned = super().clean()
        if self.instance.pk:
            self._refuse_stale()
        if cleaned.get("languages"):
            cleaned["languages"] = canonical_languages(cleaned["languages"])
        self._refuse_teamless(cleaned)
        for finding in booking_findings(self._values(cleaned)):
            if finding.field in self.fields and finding.field not in self.errors:
                self.add_error(finding.field, finding.message)
        return cleaned

    def _values(self, cleaned: dict[str, Any]) -> BookingValues:
        team = cleaned.get("team")
        texts: dict[str, Any] = {
            name: cleaned.get(name) or ""
            for name in (
                "ref",
                "title",
                "meeting_type",
                "languages",
                "dr_type",
                "other_type",
                "skills",
                "owner",
                "group",
                "room",
            )
        }
        return BookingValues(
            **texts,
            starts_at=cleaned.get("starts_at"),
            ends_at=cleaned.get("ends_at"),
            team=team.ref if team else "",
            interpreters_needed=cleaned.get("interpreters_needed") or 1,
        )

    def _refuse_teamless(self, cleaned: dict[str, Any]) -> None:
        limited = teams_of(self.request) is not None
        if limited and "team" in self.fields and not cleaned.get("team"):
            self.add_error("team", "Choose one of your teams: you cannot see bookings of no team.")

    def _refuse_stale(self) -> None:
        """Lock the booking until the save is done, and compare it with what was opened."""
        row = Booking.objects.select_for_update().get(pk=self.instance.pk)
        if self.cleaned_data.get("opened") == opened_mark(row):
            self.instance.version = row.version
            return
        event = AuditEvent.objects.filter(object_type="booking", object_ref=row.ref).first()
        what = "It was changed since you opened it."
        if event:
            fields = ", ".join(event.changes) if event.changes else event.to_state
            what = (
                f"It was changed since you opened it: {event.actor}, {moment_text(event.at)}: "
                f"{event.action.replace('_', ' ')} ({fields}). {event.reason}"
            )
        raise ValidationError(f"{what} Open the page again and repeat your change.", code="stale")


def opened_mark(booking: Booking) -> str:
    """Return what must still be true when the form comes back: version and state."""
    return f"{booking.version}:{booking.state}"


class NamedPeopleFormSet(forms.BaseInlineFormSet):
    """Preferred, excluded and pinned people do not contradict each other."""

    def clean(self) -> None:
        """Let the rules of a booking judge the people that remain."""
        super().clean()
        named: dict[str, list[str]] = {kind: [] for kind in PersonKind.values}
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            if data.get("interpreter") and not data.get("DELETE"):
                named[data["kind"]].append(data["interpreter"].ref)
        values = BookingValues(
            ref=self.instance.ref,
            title=self.instance.title,
            meeting_type=self.instance.meeting_type,
            languages=self.instance.languages,
            starts_at=self.instance.starts_at,
            ends_at=self.instance.ends_at,
            interpreters_needed=self.instance.interpreters_needed or 1,
            preferred=tuple(named[PersonKind.PREFERRED]),
            excluded=tuple(named[PersonKind.EXCLUDED]),
            pinned=tuple(named[PersonKind.PINNED]),
        )
        problems = [finding.message for finding in people_findings(values)]
        if problems:
            raise ValidationError(problems)


class NamedPeople(TeamLimitedInline):
    """The people whom a booking names."""

    model = BookingPerson
    formset = NamedPeopleFormSet
    extra = 0
    autocomplete_fields = ("interpreter",)
    verbose_name_plural = "named interpreters"


def is_open(booking: Booking | None) -> bool:
    """Whether a booking can still be edited: neither completed nor cancelled."""
    return booking is None or booking.state in (BookingState.WAITING, BookingState.APPROVED)
