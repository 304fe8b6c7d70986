"""``python -m tests.soak``: SECONDS (1800), SEED (drawn), PROCESSES (8), DATABASE (postgresql).

Prints its seed and the one line that repeats it, hurts many processes for that long, then
judges the database. Exit code 0: sound, whole and recovered within two minutes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import django
import psycopg

from tests import servers
from tests.own_server import OwnServer
from tests.soak.nemesis import Nemesis

ROOT = Path(__file__).resolve().parent.parent.parent
SIZE = ("--bookings", "400", "--interpreters", "15", "--seed", "3")


def main() -> None:
    """Soak, recover, judge."""
    seconds, seed = int(os.environ.get("SECONDS") or 1800), os.environ.get("SEED") or draw()
    database = os.environ.get("DATABASE") or "postgresql"
    count = int(os.environ.get("PROCESSES") or 8)
    line = f"make soak SEED={seed} SECONDS={seconds} DATABASE={database} PROCESSES={count}"
    say(f"{line}   # repeats this soak")
    home, lock = servers.make_home()
    server = OwnServer(home) if database == "postgresql" else None
    try:
        prepare(home, server)
        strikes = soak(home, server, seconds=seconds, seed=seed, count=count)
        say(f"blows: {dict(strikes)}")
        finish(home)
    except BaseException:
        say(f"failed; {line}")
        raise
    finally:
        if server:
            server.stop(signal.SIGINT)
        shutil.rmtree(home, ignore_errors=True)
        lock.close()


def draw() -> str:
    """A seed of this run's own."""
    return str(random.SystemRandom().randrange(10**6))


def prepare(home: Path, server: OwnServer | None) -> None:
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
    }
    (home / "var" / "static").mkdir(parents=True)
    commands: tuple[tuple[str, ...], ...] = (("migrate", "-v0"), ("load_sample", *SIZE))
    for command in commands:
        subprocess.run([sys.executable, "-m", "django", *command], cwd=ROOT, check=True)


def soak(
    home: Path, server: OwnServer | None, *, seconds: int, seed: str, count: int
) -> dict[str, int]:
    """Keep so many processes at work under the nemesis; return how often it struck how."""
    began, numbers = time.time(), iter(range(10**9))
    errors = (home / "errors.log").open("ab")

    def actor() -> subprocess.Popen[bytes]:
        arguments = (str(next(numbers)), seed, str(home / "history"), str(began))
        command = [sys.executable, "-m", "tests.soak.actor", *arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=errors, stderr=errors)

    nemesis = Nemesis(
        dice=random.Random(seed), actors=[actor() for _ in range(count)], server=server
    )
    while time.time() - began < seconds:
        nemesis.strike()
        nemesis.actors[:] = [a if a.poll() is None else actor() for a in nemesis.actors]
    for one in nemesis.actors:
        one.kill()
        one.wait()
    errors.close()
    return nemesis.counts


def finish(home: Path) -> None:
    """Recover and judge, in this process; print the figures."""
    django.setup()
    from tests.soak import verdict

    try:
        taken = verdict.recover()
        ends = verdict.judge(home / "history")
    except BaseException:
        kept = Path(os.environ.get("KEEP") or "var") / "soak"
        shutil.copytree(home / "history", kept, dirs_exist_ok=True)
        shutil.copy(home / "errors.log", kept)
        say(f"the histories are kept in {kept}")
        raise
    say(f"deeds: {dict(ends)}")
    say(f"recovered in {taken:.1f} s; sound, whole, one effect per key")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
