"""F27 and F31: a page that is damaged, and a disk that answers with errors."""

from __future__ import annotations

import signal
import subprocess
import time

from tests.faults.own import ask
from tests.faults.test_damaged import PAGE, spoil
from tests.own_server import OwnServer
from tests.processes import descendants_of
from tests.soak.ground import ROOT, Ground
from tests.soak.tools import MissingToolError, need, require_root

FAILING_SECONDS = 8
CALLS = "pwrite64,fsync,fdatasync"
TABLE = "assignment_booking"


def damaged_page(ground: Ground) -> str:
    """``pg_amcheck`` is silent over the sound cluster, and names the damaged table of a copy."""
    program = need("pg_amcheck", beside=ground.server.binary)
    for _ in range(3):
        ground.crew.join()
    ground.crew.begin()
    path = str(ask(ground.server, f"SELECT pg_relation_filepath('{TABLE}')", name="soak")[0][0])
    twin = ground.server.copy()
    twin.start_again()
    try:
        checked = check(program, twin)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    finally:
        twin.stop(signal.SIGINT)
    spoil(twin.data / path, page=0, size=PAGE)
    page = (twin.data / path).read_bytes()[:PAGE]
    twin.start_again()
    try:
        found = check(program, twin)
    finally:
        twin.stop(signal.SIGINT)
    assert found.returncode == 2, found.stdout + found.stderr
    assert "invalid page in block 0" in found.stdout + found.stderr
    assert (twin.data / path).read_bytes()[:PAGE] == page
    return "pg_amcheck is silent over the sound cluster and names the damaged page of the copy"


def check(program: str, server: OwnServer) -> subprocess.CompletedProcess[str]:
    """Let PostgreSQL's own program look at every table and index."""
    place = ("-h", "127.0.0.1", "-p", str(server.port), "-U", "interpool", "-d", "soak")
    command = [program, "--install-missing", "--heapallindexed", *place]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def errors(ground: Ground) -> str:
    """From some write on, every process of the server meets EIO; then the disk is well again."""
    require_root()
    program = need("strace")
    for _ in range(4):
        ground.crew.join()
    ground.crew.begin()
    first = ground.dice.randint(15, 40)
    parent = ground.server.process.pid
    watched = [part for pid in (parent, *descendants_of(parent)) for part in ("-p", str(pid))]
    log = ground.home / "strace.log"
    inject = f"inject={CALLS}:error=EIO:when={first}+"
    options = ["-f", "-o", str(log), "-e", f"trace={CALLS}", "-e", inject]
    tracer = subprocess.Popen([program, *options, *watched], stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(1)
        if tracer.poll() is not None:
            said = tracer.stderr.read() if tracer.stderr else ""
            raise MissingToolError(f"strace may not watch the server here: {said.strip()[:150]}")
        ground.crew.work(FAILING_SECONDS)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
    failed = log.read_text(errors="replace").count("(INJECTED)")
    assert failed, "no write failed"
    stopped = ground.server.process.poll() is not None
    if stopped:
        ground.server.start_again()
    ground.crew.work(6)
    ended = "the server gave up and was started again" if stopped else "the server went on"
    return f"{failed} writes failed from each process's write {first} on; {ended}"
