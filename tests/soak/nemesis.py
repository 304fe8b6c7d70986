"""Who hurts the processes and the server: kill -9, a long sleep, backends ended, a crash."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from tests.own_server import OwnServer

PAUSES = (1.0, 6.0)
"""Seconds between two blows."""
SLEEP_SECONDS = 7
"""Longer than the lease."""
DARK_SECONDS = 2


@dataclass(kw_only=True)
class Nemesis:
    """Its dice, its victims, and how often it did what."""

    dice: random.Random
    actors: list[subprocess.Popen[bytes]]
    server: OwnServer | None
    counts: Counter[str] = field(default_factory=Counter)
    asleep: list[tuple[float, subprocess.Popen[bytes]]] = field(default_factory=list)

    def strike(self) -> None:
        """Do one thing, and wake those who have slept enough."""
        self.wake(older_than=SLEEP_SECONDS)
        blows: dict[Callable[[], None], int] = {self.kill: 6, self.freeze: 4}
        if self.server:
            blows |= {self.terminate: 6, self.crash: 1}
        blow = self.dice.choices(list(blows), weights=list(blows.values()))[0]
        blow()
        self.counts[blow.__name__] += 1
        time.sleep(self.dice.uniform(*PAUSES))

    def wake(self, *, older_than: float) -> None:
        """Let sleepers go on."""
        now = time.monotonic()
        for since, actor in list(self.asleep):
            if now - since >= older_than:
                self.asleep.remove((since, actor))
                actor.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End one process where it stands."""
        self.dice.choice(self.actors).kill()

    def freeze(self) -> None:
        """Stop one process for longer than its lease."""
        actor = self.dice.choice(self.actors)
        actor.send_signal(signal.SIGSTOP)
        self.asleep.append((time.monotonic(), actor))

    def terminate(self) -> None:
        """End the sessions of some processes, whatever they are doing."""
        assert self.server
        with suppress(psycopg.Error), psycopg.connect(self.server.url, autocommit=True) as own:
            rows = own.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'soak'")
            for (pid,) in rows.fetchall():
                if self.dice.random() < 0.5:
                    own.execute("SELECT pg_terminate_backend(%s)", [pid])

    def crash(self) -> None:
        """Stop the server at once, and start it again."""
        assert self.server
        self.server.stop()
        time.sleep(DARK_SECONDS)
        self.server.start_again()
