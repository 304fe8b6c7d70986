"""Checks of single values, shared by forms, imports and commands."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError

from assignment.working_hours import parse_hours

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(>[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?")
REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
SKILL = re.compile(r"[^\s;>][^;>]*")
FORBIDDEN = {"Cc", "Cs", "Co"}
INVISIBLE = frozenset(
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def validate_plain_text(value: str) -> None:
    """Refuse control, surrogate, private, zero-width and direction-changing characters."""
    for character in value:
        if unicodedata.category(character) in FORBIDDEN or character in INVISIBLE:
            raise ValidationError(
                f"Remove the invisible or control character U+{ord(character):04X}."
            )


def validate_ref(value: str) -> None:
    """Accept letters, digits and ``. _ : / -``, beginning with a letter or digit."""
    if not REF.fullmatch(value):
        raise ValidationError(
            "Use letters, digits and . _ : / - only, beginning with a letter or digit."
        )


def validate_languages(value: str) -> None:
    """Accept BCP 47 tags and pairs such as ``ja;th;ja>th``."""
    for tag in filter(None, value.split(";")):
        if not LANGUAGE.fullmatch(tag):
            raise ValidationError(
                f"“{tag[:40]}” is no language: write tags such as ja;th or pairs such as ja>th."
            )


def validate_skills(value: str) -> None:
    """Accept short names separated by ``;``."""
    for tag in filter(None, value.split(";")):
        if not SKILL.fullmatch(tag) or len(tag) > 60:
            raise ValidationError("Write skills of at most 60 characters, with ; between them.")
    validate_plain_text(value)


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names of this system; reading them takes a walk through its files."""
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(value: str) -> None:
    """Accept IANA names only."""
    if value and value not in zone_names():
        raise ValidationError(f"“{value[:40]}” is no time zone: write one such as Asia/Bangkok.")


def validate_hours(value: str) -> None:
    """Accept working hours such as ``Mon-Fri 08:00-17:00;Sat 09:00-12:00``."""
    try:
        parse_hours(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error
