"""The leash: nothing outlives its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from monitoring import leash
from tests.processes import members_of, wait_until

OBEDIENT = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
IMPATIENT = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("leash", {leash.__file__!r})
leash = importlib.util.module_from_spec(spec)
spec.loader.exec_module(leash)
leash.GRACE_SECONDS = 0.5
leash.main(sys.argv[1:])
"""

Leashed = subprocess.Popen[bytes]


def on_leash(program: str, *, leash_arguments: tuple[str, ...] = (leash.__file__,)) -> Leashed:
    """A Python program on a leash that this test holds."""
    return subprocess.Popen(
        [sys.executable, *leash_arguments, sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.fixture
def obedient() -> Iterator[Leashed]:
    """A command that ends when asked to, with a child of its own that nobody asks."""
    with on_leash(OBEDIENT) as process:
        wait_until(lambda: len(members_of(process.pid)) == 3, seconds=10)
        yield process


def test_letting_go_ends_the_command_and_what_it_started(obedient: Leashed) -> None:
    assert obedient.stdin is not None
    obedient.stdin.close()

    wait_until(lambda: members_of(obedient.pid) == [], seconds=5)


def test_the_end_of_the_command_ends_what_it_started(obedient: Leashed) -> None:
    _, command, _ = members_of(obedient.pid)
    os.kill(command, signal.SIGKILL)

    wait_until(lambda: members_of(obedient.pid) == [], seconds=5)


def test_the_death_of_the_owner_ends_the_command() -> None:
    owner_program = f"""
import subprocess, sys, time
leashed = subprocess.Popen(
    [sys.executable, {leash.__file__!r}, sys.executable, "-c", {OBEDIENT!r}],
    stdin=subprocess.PIPE, start_new_session=True)
print(leashed.pid, flush=True)
time.sleep(60)
"""
    owner = subprocess.Popen([sys.executable, "-c", owner_program], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    group = int(owner.stdout.readline())
    wait_until(lambda: len(members_of(group)) == 3, seconds=10)

    owner.kill()
    owner.wait()
    owner.stdout.close()

    wait_until(lambda: members_of(group) == [], seconds=5)


def test_a_command_that_will_not_end_is_killed() -> None:
    with on_leash(STUBBORN, leash_arguments=("-c", IMPATIENT)) as process:
        wait_until(lambda: len(members_of(process.pid)) == 2, seconds=10)
        assert process.stdin is not None
        process.stdin.close()

        wait_until(lambda: members_of(process.pid) == [], seconds=5)
