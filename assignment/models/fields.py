"""Columns that hold a sorted set of short tags, or JSON of one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

SEPARATOR = ";"


def join_tags(tags: Iterable[str]) -> str:
    """Return the one canonical text of a set of tags: sorted, unique, ``;`` between."""
    return SEPARATOR.join(sorted({tag.strip() for tag in tags if tag.strip()}))


@lru_cache(maxsize=10_000)  # thousands of people share some dozens of texts
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


class ShapedField(models.JSONField):
    """JSON of one shape. What was put there past the product and has another one, or cannot be
    decoded, is read as ``stand_in``, so that it breaks no page; ``audit_integrity`` names it.
    """

    def __init__(
        self,
        *args: Any,
        shape: Callable[[Any], bool] = bool,
        stand_in: Callable[[], Any] = dict,
        json_type: str = "object",
        **options: Any,
    ) -> None:
        """All three are of the code alone: no migration knows them."""
        super().__init__(*args, **options)
        self.shape, self.stand_in, self.json_type = shape, stand_in, json_type

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Be a plain column of JSON to the migrations."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, options

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Read what has the shape."""
        known, found = self.read(value, expression, connection)
        return found if known else self.stand_in()

    def read(self, value: Any, expression: Any, connection: Any) -> tuple[bool, Any]:
        """Return whether the stored value has the shape, and the value."""
        try:
            found = super().from_db_value(value, expression, connection)
        except (ValueError, RecursionError):
            return False, None
        return self.null if found is None else self.shape(found), found


def is_texts(value: Any) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_ids(value: Any) -> bool:
    """Whether it is a list of whole numbers."""
    return isinstance(value, list) and all(type(item) is int for item in value)


def is_object(value: Any) -> bool:
    """Whether it is a JSON object."""
    return isinstance(value, dict)
