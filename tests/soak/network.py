"""F17 and F19: a network that swallows some or all packets of the server's port."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import close_old_connections, connection
from django.db.models import QuerySet
from django.test import Client

from assignment.enums import PoolStatus
from assignment.models import AuditEvent, Booking
from tests.soak.ground import Ground
from tests.soak.tools import MissingToolError, need, require_root

TOLD_SECONDS = 10
DARK_SECONDS = 10
"""Twice a lease."""
HOLES = 60
"""So many more, should nobody have held an entry when the last one came: claims are short."""
STUCK_SECONDS = 1
"""Longer than a claim of somebody whose packets arrive."""
LOSSY_SECONDS = 20
OTHER_ADDRESS = "127.0.0.2"
"""The second way to the server, which alone falls into the hole."""
SOME = ("-m", "statistic", "--mode", "random", "--probability", "0.3")


def black_hole(ground: Ground) -> str:
    """Half of the crew, and a page, are swallowed; the others take over what they held."""
    url = os.environ["DATABASE_URL"].replace("127.0.0.1", OTHER_ADDRESS)
    for _ in range(3):
        ground.crew.join(DATABASE_URL=url)
        ground.crew.join()
    connection.settings_dict["HOST"] = OTHER_ADDRESS
    browser = Client(SERVER_NAME="127.0.0.1")
    assert browser.get("/healthz").status_code == 200
    ground.crew.begin()
    with dropping(ground, "--destination", OTHER_ADDRESS):
        waits = [failing(browser) for _ in range(2)]
        ground.crew.work(DARK_SECONDS)
    connection.close()
    connection.settings_dict["HOST"] = "127.0.0.1"
    for _ in range(HOLES):
        rescued = AuditEvent.objects.filter(action="rescue").count()
        if rescued:
            break
        with dropping(ground, "--destination", OTHER_ADDRESS):
            if somebody_is_stuck(ground):
                ground.crew.work(DARK_SECONDS)
        ground.crew.work(1)
    assert rescued, "nobody took over what the swallowed workers held"
    ground.crew.work(5)
    told = ", ".join(f"{wait:.1f} s" for wait in waits)
    return f"a page on an open and on a new connection was told after {told}; {rescued} rescued"


def somebody_is_stuck(ground: Ground) -> bool:
    """Tell whether a worker holds an entry now and still does when the others are done."""
    held = set(claims())
    ground.crew.work(STUCK_SECONDS)
    return not held.isdisjoint(claims())


def claims() -> QuerySet[Booking, str]:
    """Return the tokens under which entries are held."""
    held = Booking.objects.filter(pool_status=PoolStatus.PROCESSING)
    return held.values_list("pool_claimed_by", flat=True)


def failing(browser: Client) -> float:
    """The seconds after which a page says that the database is away."""
    began = time.monotonic()
    close_old_connections()  # as each request of a real server begins, and none of this browser
    status = browser.get("/healthz").status_code
    taken = time.monotonic() - began
    assert (status, taken <= TOLD_SECONDS) == (503, True), f"{status} after {taken:.1f} s"
    return taken


def lossy(ground: Ground) -> str:
    """Three of ten packets are lost, either way."""
    for _ in range(4):
        ground.crew.join()
    ground.crew.begin()
    with dropping(ground, *SOME):
        ground.crew.work(LOSSY_SECONDS)
    ground.crew.work(3)
    return f"three of ten packets lost for {LOSSY_SECONDS} s"


@contextmanager
def dropping(ground: Ground, *match: str) -> Iterator[None]:
    """Drop the packets to the server's port that match; raises MissingToolError."""
    require_root()
    program = need("iptables")
    rule = ("INPUT", "-p", "tcp", "--dport", str(ground.server.port), *match, "-j", "DROP")
    filter_packets(program, "-I", rule)
    try:
        yield
    finally:
        filter_packets(program, "-D", rule)


def filter_packets(program: str, order: str, rule: Sequence[str]) -> None:
    """Change the rules; raises MissingToolError where the kernel refuses."""
    done = subprocess.run([program, order, *rule], capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip().splitlines()
        raise MissingToolError(f"The kernel takes no rule of iptables: {' '.join(why[:1])}")
