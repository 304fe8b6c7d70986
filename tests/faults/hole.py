"""A proxy before PostgreSQL that takes everything and passes nothing on, until it is opened."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from tests.faults.proxy import Proxy, part, receive, served, telling, the_server

DARK = b"d"
PATIENCE_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Hole(Proxy):
    """The proxy, and its process."""

    process: int

    def has_swallowed(self) -> bool:
        """Wait until nothing passes any more; False if that does not come."""
        readable, _, _ = select.select([self.pipe], [], [], PATIENCE_SECONDS)
        return bool(readable) and os.read(self.pipe, 1) == DARK

    def open(self) -> None:
        """Cut what was swallowed, and let everything new pass."""
        os.kill(self.process, signal.SIGUSR1)


@contextmanager
def swallowing(*, after: bytes = b"") -> Iterator[Hole]:
    """Swallow all from the start, or what follows the answer to the first statement with these."""
    with telling() as (reading, writing):
        swallower = Swallower(the_server(), after=after, pipe=writing)
        with served(swallower.serve) as (port, process):
            yield Hole(port=port, pipe=reading, process=process)


class Swallower:
    """Forwards both ways, then takes and forgets, then forwards again."""

    def __init__(self, server: tuple[str, int], *, after: bytes, pipe: int) -> None:
        self.server, self.after, self.pipe = server, after, pipe
        self.dark = not after
        self.met = False
        self.sockets: list[socket.socket] = []

    def serve(self, listener: socket.socket) -> None:
        """Take connections for ever."""
        signal.signal(signal.SIGUSR1, self.open)
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(self.server)
            self.sockets += [client, server]
            threading.Thread(target=self.requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self.replies, args=(client, server), daemon=True).start()

    def open(self, _: int, __: FrameType | None) -> None:
        """End what hangs; from now on forward everything."""
        self.dark = False
        self.met = False
        self.after = b""
        part(*self.sockets)

    def requests(self, client: socket.socket, server: socket.socket) -> None:
        """Forward or forget what the client says; look out for these bytes."""
        while data := receive(client):
            self.met = self.met or bool(self.after and self.after in data)
            if not self.dark:
                server.sendall(data)
        part(client, server)

    def replies(self, client: socket.socket, server: socket.socket) -> None:
        """Forward what the server answers, the answer to those bytes as the last thing."""
        while data := receive(server):
            if not self.dark:
                client.sendall(data)
            if self.met and not self.dark:
                self.dark = True
                os.write(self.pipe, DARK)
        part(client, server)
