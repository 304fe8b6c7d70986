"""The database of one soak, and the crew of real processes that works on it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from tests.own_server import OwnServer

ROOT = Path(__file__).resolve().parent.parent.parent
SIZE = ("--bookings", "400", "--interpreters", "15", "--seed", "3")
LEASE_SECONDS = 5
START_SECONDS = 60
DEEDS_EACH = 2


def prepare(home: Path, server: OwnServer | None, *, lease: int = LEASE_SECONDS) -> None:
    """Set the environment, make the tables, load a service."""
    (home / "history").mkdir()
    url = f"sqlite:///{home}/soak.sqlite3"
    if server:
        with psycopg.connect(server.url, autocommit=True) as own:
            own.execute("CREATE DATABASE soak")
        url = server.url.rsplit("/", 1)[0] + "/soak"
    os.environ |= {
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "INSECURE_LOCAL_HTTP": "true",
        "SECRET_KEY": os.urandom(32).hex(),
        "VAR_DIR": str(home / "var"),
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "tests.soak.settings",
        "SOAK_LEASE_SECONDS": str(lease),
    }
    (home / "var" / "static").mkdir(parents=True)
    commands: tuple[tuple[str, ...], ...] = (("migrate", "-v0"), ("load_sample", *SIZE))
    for command in commands:
        order = [sys.executable, "-m", "django", *command]
        subprocess.run(order, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


@dataclass(kw_only=True)
class Crew:
    """Processes that do one deed after the other; who ended is followed by another one."""

    home: Path
    seed: str
    began: float = field(default_factory=time.time)
    members: list[subprocess.Popen[bytes]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def join(self, **variables: str) -> None:
        """Start one more, with these variables of its own."""
        self.members.append(self._start(variables))

    def begin(self) -> None:
        """Wait until they are well at work; fails when they are not within a minute."""
        end = time.monotonic() + START_SECONDS
        while self.done() < DEEDS_EACH * len(self.members):
            assert time.monotonic() < end, f"the crew has done {self.done()} deeds only"
            time.sleep(0.5)

    def done(self) -> int:
        """How many deeds were acknowledged so far."""
        files = (self.home / "history").glob("*.jsonl")
        return sum(file.read_bytes().count(b'"is": "ok"') for file in files)

    def fill_up(self) -> None:
        """Let another one follow each that has ended."""
        self.members[:] = [one if one.poll() is None else self._start({}) for one in self.members]

    def work(self, seconds: float) -> None:
        """Let them work for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.5)
            self.fill_up()

    def stop(self) -> None:
        """End them where they stand."""
        for one in self.members:
            one.kill()
            one.wait()

    def _start(self, variables: dict[str, str]) -> subprocess.Popen[bytes]:
        name = str(next(self.numbers))
        arguments = (name, self.seed, str(self.home / "history"), str(self.began))
        command = [sys.executable, "-m", "tests.soak.actor", *arguments]
        with (self.home / "errors.log").open("ab") as errors:
            return subprocess.Popen(
                command, cwd=ROOT, env=os.environ | variables, stdout=errors, stderr=errors
            )


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a case works on."""

    home: Path
    server: OwnServer
    crew: Crew
    dice: random.Random


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)  # noqa: T201
