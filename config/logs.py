"""Log records as plain lines in UTC that no logged text can forge or break."""

from __future__ import annotations

import logging
import time

from django.core.exceptions import PermissionDenied


def escape(text: str) -> str:
    """The text with every control, format and surrogate character written as an escape."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


class PlainFormatter(logging.Formatter):
    """One line a record; the lines of a traceback follow it, marked with a bar."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self.converter = time.gmtime
        self.default_time_format = "%Y-%m-%dT%H:%M:%S"
        self.default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - Python's own name
        """The line of the record itself."""
        return escape(super().formatMessage(record))

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - as above
        """The traceback, each line escaped and marked; none for a page that was refused."""
        if isinstance(ei[1], PermissionDenied):
            return ""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"  | {escape(line)}" for line in lines)
