"""Fields that are filled by searching: what is no id is no choice, and breaks no page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple


def is_id(text: str) -> bool:
    """Whether a text can be the id of a row: digits alone, no more than a database holds."""
    return text.isascii() and text.isdigit() and len(text) < 19


class SearchedOne(AutocompleteSelect):
    """One row, found by typing."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        """Show what is chosen; the form says what is wrong with anything else."""
        return super().optgroups(name, [one for one in value if is_id(str(one))], attr)


class SearchedMany(AutocompleteSelectMultiple):
    """Several rows, found by typing."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was sent; a number that no row can have reads as text, and is refused."""
        sent = super().value_from_datadict(data, files, name)
        return [one if is_id(one) else f"{one[:18]}…" for one in sent]

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        """Show what is chosen; the form says what is wrong with anything else."""
        return super().optgroups(name, [one for one in value if is_id(str(one))], attr)
