"""A worker of django-q2 in processes of its own, and its scheduler called once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitoring import leash

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEDULE_ONCE = (
    "import django; django.setup(); from django_q.scheduler import scheduler; scheduler()"
)
"""What a cluster does every 30 seconds."""


@contextmanager
def working(environment: dict[str, str], *, log: Path) -> Iterator[int]:
    """A worker as the supervisor starts it, which ends with the block; its group."""
    command = [sys.executable, leash.__file__, sys.executable, "manage.py", "start_worker"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def schedule_once(environment: dict[str, str]) -> str:
    """Let django-q2 put into the queue what is due by its schedules; return what it said."""
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", SCHEDULE_ONCE]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment | settings,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stderr
