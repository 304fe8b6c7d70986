"""Real child processes that work on the database of the test, and die when they are told."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from monitoring.forking import let_connections_go

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]
BINDING = '"assignment_assignment" ('
"""What only the statement that writes assignments holds: an INSERT, or a COPY on PostgreSQL."""


def fork(function: Callable[[], object]) -> int:
    """Run a function in a child process of its own connection; return its number.

    The child ends with code 0, or 1 when the function raised.
    """
    let_connections_go()
    sys.stdout.flush()
    sys.stderr.flush()
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        function()
        connection.close()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def wait_for(numbers: Sequence[int]) -> list[int]:
    """The exit codes of these children; minus the signal for those that were killed."""
    return [os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) for number in numbers]


def kill_points(statements: int) -> range:
    """After which of so many statements to kill: every fifth, or as ``KILL_EVERY`` says.

    The two databases begin at different ones.
    """
    step = int(os.environ.get("KILL_EVERY") or 5)
    first = 1 if connection.vendor == "sqlite" else 1 + step // 2
    return range(first, statements + 1, step)


class Counter:
    """Counts the statements of this process and sends it a signal after one of them."""

    def __init__(self, *, at: int = 0, ending: signal.Signals = signal.SIGKILL) -> None:
        self.count, self.at, self.ending = 0, at, ending

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Execute, count, and perhaps die."""
        result = execute(sql, params, many, context)
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), self.ending)
        return result


def killed_after(statements: int, function: Callable[[], object]) -> int:
    """Run in a child that is killed after so many statements; return its exit code."""

    def run() -> None:
        with connection.execute_wrapper(Counter(at=statements)):
            function()

    return wait_for([fork(run)])[0]
