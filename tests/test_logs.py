"""Log lines that nobody can forge."""

from __future__ import annotations

import logging

import pytest
from django.core.exceptions import PermissionDenied

from config.logs import PlainFormatter


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    """A record as a logger makes it, at the first second of 1970."""
    made = logging.LogRecord(
        "pooling",
        logging.WARNING,
        "x.py",
        1,
        message,
        (),
        (type(error), error, None) if error else None,
    )
    made.created, made.msecs = 0.0, 7.0
    return made


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Zoë wrote ✓", "Zoë wrote ✓"),
        ("a\nb\r\x1b[31m", "a\\nb\\r\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\ud800b", "a\\ud800b"),
        ("a\u2028b\x00", "a\\u2028b\\x00"),
    ],
)
def test_a_record_is_one_line_in_utc(message: str, shown: str) -> None:
    line = PlainFormatter().format(record(message))

    assert line == f"1970-01-01T00:00:00.007Z WARNING pooling {shown}"


def test_the_lines_of_a_traceback_are_marked() -> None:
    text = PlainFormatter().format(record("failed", ValueError("no\n1970 ERROR forged\x1b")))

    assert text.splitlines()[1:] == ["  | ValueError: no", "  | 1970 ERROR forged\\x1b"]


def test_a_refused_page_leaves_one_line_and_no_traceback() -> None:
    text = PlainFormatter().format(record("Forbidden: /admin/sweep/", PermissionDenied()))

    assert text.splitlines() == [
        "1970-01-01T00:00:00.007Z WARNING pooling Forbidden: /admin/sweep/"
    ]
