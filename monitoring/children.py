"""Child processes on a leash: each in a process group of its own that ends with its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import IO

from django.conf import settings

from monitoring import leash

STOP_SECONDS = leash.GRACE_SECONDS + 5


class Child:
    """One command that can be started again and again, with everything that it forks."""

    def __init__(self, name: str, *arguments: str, output: IO[bytes] | int | None = None) -> None:
        self.name = name
        self.command = [sys.executable, leash.__file__, sys.executable, *arguments]
        self.output = output
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command in the project's folder."""
        self.process = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=self.output,
            start_new_session=True,
        )

    def is_running(self) -> bool:
        """Whether the command runs; what it left behind when it ended is killed."""
        if self.process is None:
            return False
        if self.process.poll() is None:
            return True
        self.kill()
        return False

    def let_go(self) -> None:
        """Tell the command to end; ``wait`` awaits it."""
        if self.process and self.process.stdin:
            self.process.stdin.close()

    def wait(self) -> None:
        """Wait until the command has ended; what takes too long is killed."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill the whole group at once."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.let_go()
        self.process = None
