"""Cells that a spreadsheet would run, made harmless on the way out and restored on the way in.

A text that begins with ``= + - @`` (also their full-width forms, a tab or a line end)
gets a quote in front; so does one that begins with quotes before such a character. Hence
``restore(neutralise(text)) == text`` for every text.
"""

from __future__ import annotations

import re

QUOTE = "'"
DANGEROUS = "=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n"
TO_NEUTRALISE = re.compile(f"{QUOTE}*[{DANGEROUS}]")
TO_RESTORE = re.compile(f"{QUOTE}+[{DANGEROUS}]")


def neutralise(text: str) -> str:
    """Return the cell as a spreadsheet shows it without running it."""
    return QUOTE + text if TO_NEUTRALISE.match(text) else text


def restore(text: str) -> str:
    """Return the text that a neutralised cell stands for."""
    return text[1:] if text.startswith(QUOTE) and TO_RESTORE.match(text) else text
