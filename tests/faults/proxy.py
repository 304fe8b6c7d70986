"""A TCP proxy before PostgreSQL, in a process of its own: it cuts at one commit, or is slow."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tests.faults.forks import fork

COMMIT = b"COMMIT\x00"
CLAIM = b"pool_fence = pool_fence + 1"
"""What only the statement of a claim holds, which commits by itself."""
CUT = b"c"


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """Where it listens, and the pipe through which it says that it has cut."""

    port: int
    pipe: int

    def through(self, function: Callable[[], object]) -> Callable[[], object]:
        """Let a forked child do this over the proxy."""

        def run() -> object:
            connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": self.port}
            return function()

        return run

    def has_cut(self) -> bool:
        """Whether the commit came that it waited for."""
        os.set_blocking(self.pipe, False)
        with suppress(BlockingIOError):
            return os.read(self.pipe, 1) == CUT
        return False


@contextmanager
def cutting(number: int, *, after: bool) -> Iterator[Proxy]:
    """Cut at the commit of this number: before the server sees it, or after, before its reply."""
    with telling() as (reading, writing):
        cutter = Cutter(the_server(), number=number, after=after, pipe=writing)
        with served(cutter.serve) as (port, _):
            yield Proxy(port=port, pipe=reading)


@contextmanager
def slowing(seconds: float) -> Iterator[Proxy]:
    """Let every packet, either way, take so long."""
    with served(Slower(the_server(), seconds=seconds).serve) as (port, _):
        yield Proxy(port=port, pipe=-1)


def the_server() -> tuple[str, int]:
    """Host and port of the database of the tests."""
    settings = connection.settings_dict
    return settings["HOST"], int(settings["PORT"])


@contextmanager
def telling() -> Iterator[tuple[int, int]]:
    """A pipe, to read from and to write to, by which a proxy tells what it has done."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def served(serve: Callable[[socket.socket], object]) -> Iterator[tuple[int, int]]:
    """Let a process of its own serve a port; give the port and the process."""
    listener = socket.create_server(("127.0.0.1", 0))
    process = fork(lambda: serve(listener))
    try:
        yield listener.getsockname()[1], process
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        listener.close()


class Slower:
    """Forwards both ways, after a while."""

    def __init__(self, server: tuple[str, int], *, seconds: float) -> None:
        self.server, self.seconds = server, seconds

    def serve(self, listener: socket.socket) -> None:
        """Take connections for ever."""
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(self.server)
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=ends, daemon=True).start()

    def pump(self, source: socket.socket, target: socket.socket) -> None:
        """Forward one way."""
        while data := receive(source):
            time.sleep(self.seconds)
            target.sendall(data)
        part(source, target)


class Cutter:
    """Forwards both ways until the commit comes."""

    def __init__(self, server: tuple[str, int], *, number: int, after: bool, pipe: int) -> None:
        self.server, self.number, self.after, self.pipe = server, number, after, pipe
        self.commits = 0

    def serve(self, listener: socket.socket) -> None:
        """Take connections for ever."""
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(self.server)
            state = {"cut at reply": False}
            for pump in (self.requests, self.replies):
                threading.Thread(target=pump, args=(client, server, state), daemon=True).start()

    def requests(self, client: socket.socket, server: socket.socket, state: dict[str, Any]) -> None:
        """Forward what the client says."""
        while data := receive(client):
            if COMMIT in data or CLAIM in data:
                self.commits += 1
                if self.commits == self.number:
                    os.write(self.pipe, CUT)
                    state["cut at reply"] = self.after
                    if not self.after:
                        break
            server.sendall(data)
        part(client, server)

    def replies(self, client: socket.socket, server: socket.socket, state: dict[str, Any]) -> None:
        """Forward what the server answers, up to the reply that must not arrive."""
        while (data := receive(server)) and not state["cut at reply"]:
            client.sendall(data)
        part(client, server)


def receive(source: socket.socket) -> bytes:
    """The next bytes; none when the connection has ended."""
    with suppress(OSError):
        return source.recv(65_536)
    return b""


def part(*sockets: socket.socket) -> None:
    """End both connections, whoever else has inherited them."""
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
