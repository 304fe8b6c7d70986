"""The forms of facts about people: what can be shown and reckoned with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH

from assignment.booking_rules import FIRST_YEAR, LAST_YEAR
from assignment.enums import AdjustmentKind
from assignment.models import MOST_MINUTES
from pooling.admin.audited import RefusableForm


class FactForm(RefusableForm):
    """Times lie where bookings can lie: beyond, no clock of the world can be shown."""

    def clean(self) -> dict[str, Any]:
        """Refuse years that no booking can have."""
        cleaned = super().clean()
        for name, value in tuple(cleaned.items()):
            if isinstance(value, dt.datetime) and not FIRST_YEAR <= value.year <= LAST_YEAR:
                self.add_error(name, f"Choose a year between {FIRST_YEAR} and {LAST_YEAR}.")
        return cleaned


class AdjustmentForm(FactForm):
    """A correction is of a size that the ledger can still be reckoned with."""

    FREE = AdjustmentKind.NOT_AVAILABLE
    RECKONED = AdjustmentKind.CALIBRATION
    """It is reckoned each time, never posted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("kind"), forms.ChoiceField):
            postable = [row for row in AdjustmentKind.choices if row[0] != self.RECKONED]
            field.choices = [*BLANK_CHOICE_DASH, *postable]

    def clean(self) -> dict[str, Any]:
        """Refuse more minutes than anybody works in a year, and minutes that their kind forbids."""
        cleaned = super().clean()
        minutes, is_free = cleaned.get("minutes"), cleaned.get("kind") == self.FREE
        if minutes is None:
            return cleaned
        if is_free and minutes:
            self.add_error("minutes", "Give 0 minutes: not to be available costs nothing.")
        elif abs(minutes) > MOST_MINUTES or not (minutes or is_free):
            text = f"Give minutes from -{MOST_MINUTES:,} to {MOST_MINUTES:,}, but not 0."
            self.add_error("minutes", text)
        return cleaned
