"""What one field may hold: findings with one sentence each, read off the model's columns.

``booking_rules`` and ``interpreter_rules`` judge whole records with these; forms, the CSV
import and the sample data share them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVarTuple

from django.core.exceptions import ValidationError
from django.db.models import Model

from assignment.models.fields import SEPARATOR, join_tags
from assignment.validators import validate_plain_text, validate_ref

SHOWN = 40
"""Characters of a wrong value that a message repeats."""
MOST_REMEMBERED = 4_096
SCRIPT = re.compile(r"[A-Za-z]{4}")
REGION = re.compile(r"[A-Za-z]{2}")

Values = TypeVarTuple("Values")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong with one field, in one sentence that says what to do."""

    field: str
    message: str


def remembered(
    find: Callable[[*Values], Iterable[Finding]],
) -> Callable[[*Values], tuple[Finding, ...]]:
    """Judge values that thousands of records share once, of as many as 4,096."""

    @lru_cache(maxsize=MOST_REMEMBERED)
    def found(*values: *Values) -> tuple[Finding, ...]:
        return tuple(find(*values))

    return found  # type: ignore[return-value]  # lru_cache forgets the parameters


def shown(text: str) -> str:
    """Return the beginning of a wrong value, invisible characters written as escapes."""
    cut = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut
    )


def longest(model: type[Model], field: str) -> int:
    """Return how many characters the column of this field holds."""
    length: int | None = model._meta.get_field(field).max_length  # type: ignore[union-attr]
    if length is None:
        raise TypeError(f"{model.__name__}.{field} has no length.")
    return length


def plain_message(text: str) -> str | None:
    """Return what is wrong with the characters of a text; most texts are told at once."""
    if text.isprintable():
        return None
    return refusal(validate_plain_text, text)


def refusal(validator: Callable[[str], None], value: str) -> str | None:
    """Return the sentence with which a validator refuses the value, if it does."""
    try:
        validator(value)
    except ValidationError as error:
        return " ".join(error.messages)
    return None


def text_findings(
    field: str, text: str, *, length: int, required: bool = False
) -> Iterator[Finding]:
    """Yield at most one finding: missing, too long, or with characters nobody can see."""
    if required and not text.strip():
        yield Finding(field=field, message=f"Give the {field.replace('_', ' ')}.")
    elif len(text) > length:
        yield Finding(
            field=field,
            message=f"Shorten it to {length} characters; it has {len(text):,}.",
        )
    elif message := plain_message(text):
        yield Finding(field=field, message=message)


repeated_refusal = lru_cache(maxsize=MOST_REMEMBERED)(refusal)
"""The same for values that thousands of records share, such as languages and hours."""


def checked_findings(
    field: str, text: str, *, length: int, required: bool = False, check: Callable[[str], None]
) -> tuple[Finding, ...]:
    """Return at most one finding of a text that must also pass a validator."""
    found = tuple(text_findings(field, text, length=length, required=required))
    if text and not found and (message := repeated_refusal(check, text)):
        return (Finding(field=field, message=message),)
    return found


def ref_findings(
    field: str, ref: str, *, length: int, required: bool = False
) -> tuple[Finding, ...]:
    """Return at most one finding of a ref."""
    found = tuple(text_findings(field, ref, length=length, required=required))
    if ref and not found and (message := refusal(validate_ref, ref)):
        return (Finding(field=field, message=message),)
    return found


def pair_findings(field: str, languages: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for each pair from a language into itself."""
    for tag in languages:
        source, _, target = tag.partition(">")
        if target and source.lower() == target.lower():
            yield Finding(field=field, message=f"“{tag}” goes from a language into itself.")


@lru_cache(maxsize=MOST_REMEMBERED)
def canonical_languages(text: str) -> str:
    """Return tags as all records have them: ``EN-gb;JA>th`` becomes ``en-GB;ja>th``."""
    return join_tags(
        ">".join(_canonical_tag(side) for side in tag.strip().split(">"))
        for tag in text.split(SEPARATOR)
    )


def _canonical_tag(tag: str) -> str:
    language, *subtags = tag.strip().split("-")
    return "-".join([language.lower(), *map(_canonical_subtag, subtags)])


def _canonical_subtag(subtag: str) -> str:
    if SCRIPT.fullmatch(subtag):
        return subtag.title()
    return subtag.upper() if REGION.fullmatch(subtag) else subtag.lower()
