"""Single values: what is taken and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from assignment.validators import (
    validate_hours,
    validate_languages,
    validate_plain_text,
    validate_ref,
    validate_skills,
    validate_time_zone,
)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (validate_plain_text, ""),
        (validate_plain_text, "Zoë Ångström, 通訳 ภาษาไทย 👍"),
        (validate_ref, "B-1"),
        (validate_ref, "7a._:/-Z"),
        (validate_languages, ""),
        (validate_languages, "ja"),
        (validate_languages, "zh-Hant-TW;ja>th;yue"),
        (validate_skills, ""),
        (validate_skills, "court;simultaneous work"),
        (validate_skills, "x" * 60),
        (validate_time_zone, ""),
        (validate_time_zone, "Asia/Bangkok"),
        (validate_hours, ""),
        (validate_hours, "Mon-Fri 08:00-17:00;Sat 09:00-12:00"),
    ],
)
def test_validator_takes(check: Callable[[str], None], value: str) -> None:
    assert refusal(check, value) == ""


def no_language(tag: str) -> str:
    """The sentence for a tag that is none."""
    return f"“{tag}” is no language: write tags such as ja;th or pairs such as ja>th."


PLAIN = "Remove the invisible or control character U+"
REF = "Use letters, digits and . _ : / - only, beginning with a letter or digit."
SKILLS = "Write skills of at most 60 characters, with ; between them."


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (validate_plain_text, "a\x00b", f"{PLAIN}0000."),
        (validate_plain_text, "a\nb", f"{PLAIN}000A."),
        (validate_plain_text, "a\u200bb", f"{PLAIN}200B."),
        (validate_plain_text, "a\u202eb", f"{PLAIN}202E."),
        (validate_plain_text, "a\u2066b", f"{PLAIN}2066."),
        (validate_plain_text, "a\ufeffb", f"{PLAIN}FEFF."),
        (validate_plain_text, "a\ue000b", f"{PLAIN}E000."),
        (validate_plain_text, "a\ud800b", f"{PLAIN}D800."),
        (validate_ref, "", REF),
        (validate_ref, "-1", REF),
        (validate_ref, "a b", REF),
        (validate_ref, "a\n", REF),
        (validate_ref, "é1", REF),
        (validate_languages, "japanese", no_language("japanese")),
        (validate_languages, "ja;j", no_language("j")),
        (validate_languages, "ja>", no_language("ja>")),
        (validate_languages, "ja>th>en", no_language("ja>th>en")),
        (validate_languages, "ja,th", no_language("ja,th")),
        (validate_skills, "a>b", SKILLS),
        (validate_skills, "x" * 61, SKILLS),
        (validate_skills, " court", SKILLS),
        (validate_skills, "co\u200burt", f"{PLAIN}200B."),
        (
            validate_time_zone,
            "Bangkok",
            "“Bangkok” is no time zone: write one such as Asia/Bangkok.",
        ),
        (
            validate_hours,
            "always",
            "“always” are no working hours: write such as Mon-Fri 08:00-17:00;Sat 09:00-12:00.",
        ),
    ],
)
def test_validator_refuses_with_a_sentence(
    check: Callable[[str], None], value: str, message: str
) -> None:
    assert refusal(check, value) == message


def refusal(check: Callable[[str], None], value: str) -> str:
    """The sentence with which a value is refused; empty when it is taken."""
    try:
        check(value)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
