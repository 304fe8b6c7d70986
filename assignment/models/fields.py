"""A column that holds a sorted set of short tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

SEPARATOR = ";"


def join_tags(tags: Iterable[str]) -> str:
    """Return the one canonical text of a set of tags: sorted, unique, ``;`` between."""
    return SEPARATOR.join(sorted({tag.strip() for tag in tags if tag.strip()}))


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a text, sorted and unique."""
    return tuple(sorted({tag.strip() for tag in text.split(SEPARATOR) if tag.strip()}))


class TagsField(models.CharField):
    """Tags as canonical text (``en;ja;th``), so that equal sets are equal strings."""

    def to_python(self, value: Any) -> str:
        """Accept a text or any iterable of texts."""
        if value is None:
            return ""
        if isinstance(value, str):
            return join_tags(value.split(SEPARATOR))
        if isinstance(value, Iterable):
            return join_tags(value)
        raise ValidationError(f"Write the tags with “{SEPARATOR}” between them.")

    def get_prep_value(self, value: Any) -> str:
        """Write only the canonical text."""
        return self.to_python(value)
