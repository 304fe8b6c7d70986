"""``python -m tests.soak``: SECONDS (1800), SEED (drawn), PROCESSES (8), DATABASE (postgresql).

First the faults that need the tools of root, one by one (CASES: their numbers, or ``none``), on
PostgreSQL; then many processes under the nemesis for that long. Prints its seed and the line
that repeats it. Exit code 0: every verdict is good; 1: one is not; 3: a case could not be tried.
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

from tests import servers
from tests.own_server import OwnServer
from tests.soak.cases import CASES
from tests.soak.ground import ROOT, Crew, prepare, say
from tests.soak.nemesis import Nemesis

WRONG_INPUT = 2


def main() -> int:
    """Try the cases, soak, recover, judge."""
    seconds, seed = int(os.environ.get("SECONDS") or 1800), os.environ.get("SEED") or draw()
    database = os.environ.get("DATABASE") or "postgresql"
    count = int(os.environ.get("PROCESSES") or 8)
    wanted = (os.environ.get("CASES") or ",".join(CASES)).split(",")
    unknown = sorted(set(wanted) - {*CASES, "none"})
    if unknown:
        say(f"CASES: {', '.join(unknown)} is none of {', '.join(CASES)}, none.")
        return WRONG_INPUT
    line = f"make soak SEED={seed} SECONDS={seconds} DATABASE={database} PROCESSES={count}"
    say(f"{line} CASES={','.join(wanted)}   # repeats this soak")
    code = try_cases(wanted, seed=seed, database=database)
    if seconds:
        soak_and_judge(line, seconds=seconds, seed=seed, database=database, count=count)
    return code


def try_cases(wanted: list[str], *, seed: str, database: str) -> int:
    """Each case in a process of its own; the worst of their exit codes."""
    if database != "postgresql":
        say("The cases with root's tools need DATABASE=postgresql: none of them is tried.")
        return 0
    codes = [0]
    for name in wanted:
        if name in CASES:
            command = [sys.executable, "-m", "tests.soak.cases", name, seed]
            codes.append(subprocess.run(command, cwd=ROOT, check=False).returncode)
            if codes[-1] not in (0, 3):
                say(f"{name}: FAILED; make soak CASES={name} SEED={seed} SECONDS=0 repeats it")
    return 1 if 1 in codes else max(codes)


def soak_and_judge(line: str, *, seconds: int, seed: str, database: str, count: int) -> None:
    """Hurt many processes for that long, and judge the database."""
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


def soak(
    home: Path, server: OwnServer | None, *, seconds: int, seed: str, count: int
) -> dict[str, int]:
    """Keep so many processes at work under the nemesis; return how often it struck how."""
    crew = Crew(home=home, seed=seed)
    for _ in range(count):
        crew.join()
    nemesis = Nemesis(dice=random.Random(seed), actors=crew.members, server=server)
    while time.time() - crew.began < seconds:
        nemesis.strike()
        crew.fill_up()
    crew.stop()
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


if __name__ == "__main__":
    sys.exit(main())
