"""A PostgreSQL of one's own that can be stopped without mercy and started again at its port.

Unlike the server of the suite it keeps what it has acknowledged: commits are synchronous.
"""

from __future__ import annotations

import signal
import subprocess
from functools import partial
from pathlib import Path

from tests import servers

SETTINGS = ("fsync=off", "full_page_writes=off", "listen_addresses=127.0.0.1")


class OwnServer:
    """A cluster in a folder, and the process that serves it while it runs."""

    def __init__(self, home: Path, *, most_connections: int = 200) -> None:
        """Make the cluster and start it; raises NoServerError."""
        program = next(servers.postgresql_programs(), None)
        if program is None:
            raise servers.NoServerError(servers.ADVICE)
        self.binary, self.data = servers.startable(program, home), home / "own"
        self.port, self.most_connections = servers.free_port(), most_connections
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

    def _start(self) -> subprocess.Popen[bytes]:
        options = (
            *SETTINGS,
            f"port={self.port}",
            f"max_connections={self.most_connections}",
            "unix_socket_directories=",
        )
        log = self.data.parent / "own.log"
        command = [self.binary, "-D", self.data, *(part for o in options for part in ("-c", o))]
        process = servers.start(command, log=log, cwd=self.data)
        servers.await_answer(process, partial(servers.ping_postgresql, self.port), log=log)
        return process
