"""The forms of facts about people: what can be shown and reckoned with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from assignment.booking_rules import FIRST_YEAR, LAST_YEAR
from pooling.admin.audited import RefusableForm

MOST_MINUTES = 120_000


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

    def clean_minutes(self) -> int:
        """Refuse more minutes than anybody works in a year, and none at all."""
        minutes: int = self.cleaned_data["minutes"]
        if not minutes or abs(minutes) > MOST_MINUTES:
            raise forms.ValidationError(
                f"Give minutes from -{MOST_MINUTES:,} to {MOST_MINUTES:,}, but not 0."
            )
        return minutes
