"""``python -m tests.soak.cases NAME SEED``: one fault that needs the tools of root.

Each on a PostgreSQL of its own, under a crew at work, and judged like the soak. Exit code 0:
it holds; 1: it does not; 3: it cannot be tried here, with the sentence that says why.
"""

from __future__ import annotations

import random
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import django
from django.utils.module_loading import import_string

from tests import servers
from tests.own_server import OwnServer
from tests.soak.ground import LEASE_SECONDS, Crew, Ground, prepare, say
from tests.soak.tools import MissingToolError

UNAVAILABLE = 3
ADDRESSES = "127.0.0.1,127.0.0.2"
"""Two ways to the same server, so that one can be closed."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault of the matrix; ``hurt`` names what does it, fails, or returns what was seen."""

    title: str
    hurt: str
    lease: int = LEASE_SECONDS
    durable: bool = False


CASES = {
    "F17": Case(title="black hole", hurt="network.black_hole"),
    "F19": Case(title="lossy network", hurt="network.lossy"),
    "F27": Case(title="damaged page", hurt="disks.damaged_page"),
    "F31": Case(title="I/O errors", hurt="disks.errors", durable=True),
    "F63": Case(title="wrong clocks", hurt="clocks.wrong", lease=20),
    "F64": Case(title="jumping clock", hurt="clocks.jumping", lease=20),
}
"""Each by its number in the fault matrix; the leases of slow workers do not end by themselves."""


def main(name: str, seed: str) -> int:
    """Try one case; say how it went in one line."""
    case = CASES[name]
    home, lock = servers.make_home()
    server = OwnServer(home, durable=case.durable, addresses=ADDRESSES)
    began = time.monotonic()
    try:
        prepare(home, server, lease=case.lease)
        django.setup()
        seen = try_case(case, home=home, server=server, seed=f"{seed}/{name}")
    except MissingToolError as error:
        say(f"{name} {case.title}: NOT TRIED. {error}")
        return UNAVAILABLE
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGINT)
        shutil.rmtree(home, ignore_errors=True)
        lock.close()
    say(f"{name} {case.title}: holds ({time.monotonic() - began:.0f} s). {seen}")
    return 0


def try_case(case: Case, *, home: Path, server: OwnServer, seed: str) -> str:
    """Hurt, recover, judge; return what was seen."""
    from tests.soak import verdict

    crew = Crew(home=home, seed=seed)
    try:
        ground = Ground(home=home, server=server, crew=crew, dice=random.Random(seed))
        seen = import_string(f"tests.soak.{case.hurt}")(ground)
    except BaseException:
        say((home / "errors.log").read_text(errors="replace")[-3_000:])
        raise
    finally:
        crew.stop()
    if server.process.poll() is not None:
        server.start_again()
    taken = verdict.recover()
    ends = verdict.judge(home / "history")
    return f"{seen}; recovered in {taken:.1f} s; deeds {dict(ends)}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
