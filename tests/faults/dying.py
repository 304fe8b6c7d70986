"""``python -m tests.faults.dying COMMAND``: ``manage.py`` that kills itself.

``DIE_AFTER`` is such as ``2 "assignment_assignment" (``: it dies after the second
statement with this text. Nothing of this is in the product.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from django.core.management import execute_from_command_line
from django.db.backends.signals import connection_created

from config.start import load_settings
from tests.faults.forks import Execute

NUMBER, _, TEXT = os.environ.get("DIE_AFTER", "0").partition(" ")
SEEN: list[str] = []


def die_in_time(
    execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute a statement, and perhaps die of it."""
    result = execute(sql, params, many, context)
    if TEXT in sql:
        SEEN.append(sql)
    if len(SEEN) == int(NUMBER):
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def watch(connection: Any, **_: Any) -> None:
    """Let the statements of every new connection be counted."""
    connection.execute_wrappers.append(die_in_time)


if __name__ == "__main__":
    load_settings()
    connection_created.connect(watch)
    execute_from_command_line(sys.argv)
