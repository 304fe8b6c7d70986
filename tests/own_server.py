"""A PostgreSQL of one's own that can be stopped without mercy and started again at its port.

Unlike the server of the suite it keeps what it has acknowledged: commits are synchronous.
"""

from __future__ import annotations

import signal
import subprocess
from copy import copy
from functools import partial
from pathlib import Path

from tests import servers

SETTINGS = ("unix_socket_directories=",)
QUICK = ("fsync=off", "full_page_writes=off")
"""Enough for a server that crashes on a machine that does not."""


class OwnServer:
    """A cluster in a folder, and the process that serves it while it runs."""

    def __init__(
        self,
        home: Path,
        *,
        most_connections: int = 200,
        durable: bool = False,
        addresses: str = "127.0.0.1",
        like: Path | None = None,
    ) -> None:
        """Make the cluster and start it; ``durable``: it waits for the disk, as in production.

        ``addresses``: where it listens, the first one in any case. ``like``: the cluster that is
        copied instead of an empty one made; no server runs on it.
        Raises NoServerError.
        """
        program = next(servers.postgresql_programs(), None)
        if program is None:
            raise servers.NoServerError(servers.ADVICE)
        self.binary, self.data = servers.startable(program, home), home / "own"
        self.port, self.most_connections = servers.free_port(), most_connections
        self.settings = (*SETTINGS, *(() if durable else QUICK), f"listen_addresses={addresses}")
        if like:
            subprocess.run(["/bin/cp", "-a", like, self.data], check=True)
        else:
            servers.initialise(self.binary.with_name("initdb"), self.data)
        self.process = self._start()

    @property
    def url(self) -> str:
        """The address of its one database that is always there."""
        return f"postgresql://interpool@127.0.0.1:{self.port}/postgres"

    def stop(self, ending: signal.Signals = signal.SIGQUIT) -> None:
        """Stop at once, as in a crash; SIGINT ends it in order."""
        self.process.send_signal(ending)
        self.process.wait(servers.STOP_SECONDS)

    def start_again(self) -> None:
        """Start over the same cluster, at the same port."""
        self.process = self._start()

    def copy(self) -> OwnServer:
        """Stop in order, copy the cluster and go on; the copy is still to be started."""
        twin = copy(self)
        twin.data, twin.port = self.data.with_name("copy"), servers.free_port()
        self.stop(signal.SIGINT)
        subprocess.run(["/bin/cp", "-a", self.data, twin.data], check=True)
        self.start_again()
        return twin

    def _start(self) -> subprocess.Popen[bytes]:
        options = (
            *self.settings,
            f"port={self.port}",
            f"max_connections={self.most_connections}",
        )
        log = self.data.with_suffix(".log")
        command = [self.binary, "-D", self.data, *(part for o in options for part in ("-c", o))]
        process = servers.start(command, log=log, cwd=self.data)
        servers.await_answer(process, partial(servers.ping_postgresql, self.port), log=log)
        return process
