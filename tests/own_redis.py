"""A Redis of one's own that can be killed, frozen and started again at its port."""

from __future__ import annotations

import os
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.databases import REDIS_SECONDS
from tests import servers


class OwnRedis:
    """A server in a folder, and the process that serves it while it runs."""

    def __init__(self, home: Path) -> None:
        """Start it; raises NoServerError."""
        program = next(servers.redis_programs(), None)
        if program is None:
            raise servers.NoServerError(servers.ADVICE)
        self.home, self.port = home, servers.free_port()
        self.binary = servers.startable(program, home)
        self.process = self._start()

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options: Any) -> Redis:
        """A client as the product makes them: short timeouts and no retries."""
        limits = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
        return Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), **(limits | options))

    def kill(self) -> None:
        """End it without mercy."""
        self.process.kill()
        self.process.wait(servers.STOP_SECONDS)

    def freeze(self) -> None:
        """Let it hang: it takes connections and answers none."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def start_again(self) -> None:
        """Start an empty one at the same port."""
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        options = {"bind": "127.0.0.1", "port": self.port, "save": "", "dir": self.home}
        words = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        log = self.home / "own-redis.log"
        process = servers.start([self.binary, *words], log=log, cwd=self.home)
        servers.await_answer(process, partial(servers.ping_redis, self.port), log=log)
        return process


def end(server: OwnRedis) -> None:
    """Stop it, whatever became of it."""
    if server.process.poll() is None:
        os.kill(server.process.pid, signal.SIGCONT)
        server.kill()
