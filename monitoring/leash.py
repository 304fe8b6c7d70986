"""Run a command in a process group that cannot outlive its owner.

``python leash.py COMMAND...`` is started as the leader of a session of its own, with a pipe from
the owner as its standard input. When the owner closes the pipe, or dies in whatever way, the
command's main process gets SIGTERM: django-q2 shuts down cleanly only if its main process alone is
told. When the command has ended, or will not, the whole group is killed, so that no worker lives on
without its parent. Needs the standard library alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 20
"""How long a command may take to end by itself."""


def main(command: list[str]) -> None:
    """Run the command and end with it."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=end_with_owner, args=(process,), daemon=True).start()
    process.wait()
    kill_group()


def end_with_owner(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the owner, then end the command."""
    sys.stdin.buffer.read()
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        kill_group()


def kill_group() -> None:
    """Kill everybody in this process group, this process too."""
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
