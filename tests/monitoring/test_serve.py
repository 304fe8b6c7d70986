"""``serve`` and ``run_worker`` as whole processes."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import descendants_of, living, wait_until
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
Start = Callable[..., subprocess.Popen[str]]

pytestmark = pytest.mark.django_db(transaction=True)
OF_THE_HOUSE = pytest.mark.sqlite_only
"""Of ports, locks on files and signals: nothing of it goes by the database."""


@pytest.fixture
def environment(process_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A port and a folder of its own for a server on the database of this test."""
    own = {"PORT": str(free_port()), "VAR_DIR": str(tmp_path), "WORKER_NAME": tmp_path.name}
    (tmp_path / "static").mkdir()
    return process_environment | own


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start management commands that end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start_command(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_command
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def healthy(port: str) -> bool:
    """Whether the server answers the health check."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
        return bool(response.status == 200)


def first_line(process: subprocess.Popen[str]) -> str:
    """The first line on the standard output of a process; fails if there is none in time."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 30)[0]
    return process.stdout.readline()


def await_whole(process: subprocess.Popen[str], *, size: int) -> list[int]:
    """Wait until a process has this many descendants, and return them."""
    wait_until(lambda: len(descendants_of(process.pid)) >= size, seconds=30)
    return descendants_of(process.pid)


@pytest.mark.parametrize(
    "ending", [pytest.param(signal.SIGINT, marks=OF_THE_HOUSE), signal.SIGTERM]
)
def test_one_signal_stops_server_and_worker(
    start: Start, environment: dict[str, str], ending: signal.Signals
) -> None:
    port = environment["PORT"]
    process = start("serve")
    assert first_line(process) == (
        f"Interpool is ready at http://127.0.0.1:{port}/admin/ (Ctrl-C stops it)\n"
    )
    assert healthy(port)
    family = await_whole(process, size=11)

    process.send_signal(ending)

    assert process.wait(15) == 0
    assert not set(family) & set(living())


def test_nothing_outlives_a_killed_supervisor(start: Start) -> None:
    process = start("serve")
    first_line(process)
    family = await_whole(process, size=11)

    process.kill()

    wait_until(lambda: not set(family) & set(living()), seconds=15)


@OF_THE_HOUSE
def test_the_server_runs_without_a_worker(start: Start, environment: dict[str, str]) -> None:
    process = start("serve", "--no-worker")
    first_line(process)

    assert healthy(environment["PORT"])
    assert len(descendants_of(process.pid)) == 4


@OF_THE_HOUSE
def test_a_second_server_is_refused(start: Start) -> None:
    first = start("serve", "--no-worker")
    first_line(first)
    second = start("serve")

    assert second.wait(15) == 2
    assert second.stderr is not None
    assert f"Interpool is already running here (process {first.pid})." in second.stderr.read()


@OF_THE_HOUSE
def test_a_second_worker_is_refused(start: Start) -> None:
    first = start("run_worker")
    await_whole(first, size=7)
    second = start("run_worker")

    assert second.wait(15) == 2
    first.terminate()
    assert first.wait(15) == 0


@OF_THE_HOUSE
def test_a_taken_port_is_named(start: Start, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        process = start("serve", "--check")

        assert process.wait(15) == 2
    assert process.stderr is not None
    lines = process.stderr.read().splitlines()
    assert len(lines) == 1
    assert "is taken by another program" in lines[0]


def test_the_check_passes_when_nothing_is_in_the_way(start: Start) -> None:
    assert start("serve", "--check").wait(15) == 0


@OF_THE_HOUSE
def test_the_processes_of_a_server_belong_to_other_sessions(start: Start) -> None:
    process = start("serve", "--no-worker")
    first_line(process)

    sessions = {living()[number][3] for number in descendants_of(process.pid)}
    assert str(os.getsid(process.pid)) not in sessions
