"""Is the worker alive? Real tasks are put into its queue, and each writes a sign of life.

A cluster of django-q2 can look healthy and never run a task again, for example after an idle worker
was killed; only a task that ran proves that tasks run.
"""

from __future__ import annotations

import datetime
import logging
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections
from django_q.tasks import async_task

from monitoring import heartbeat

logger = logging.getLogger(__name__)

CALM_SECONDS = 20
"""How often the worker is asked for a sign of life."""
WORRIED_SECONDS = 2
"""How often it is asked when it has been silent: workers of other hosts may have answered."""
WORRYING_SILENCE = 60
FROZEN_SILENCE: int = settings.Q_CLUSTER["timeout"] + 30
"""Seconds: workers that are all busy may be silent for as long as the longest task may take."""


class Pulse:
    """Asks the worker of this host for signs of life, and knows since when it has been silent.

    Compares signs with each other, never with a clock, which may be wrong or change.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Count silence from now on: the worker has just been started. It is asked at once."""
        self.heard = time.monotonic()
        self.asked = self.heard - CALM_SECONDS
        self.sign: datetime.datetime | None = None
        self.reachable = True

    @property
    def silence(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self.heard

    def is_frozen(self) -> bool:
        """Write: ask for a sign of life if it is time to; tell whether the worker is frozen."""
        pause = CALM_SECONDS if self.silence < WORRYING_SILENCE else WORRIED_SECONDS
        if time.monotonic() - self.asked >= pause:
            self.ask()
        return self.silence > FROZEN_SILENCE

    def ask(self) -> None:
        """Write: read the last sign of life and ask for the next one.

        While the database is away nobody can give signs, so that silence means nothing.
        """
        self.asked = time.monotonic()
        try:
            close_old_connections()
            sign = heartbeat.last(heartbeat.worker_heartbeat())
            async_task("monitoring.tasks.beat", save=False)
        except (DatabaseError, InterfaceError) as error:
            if self.reachable:
                logger.error("cannot ask the worker for a sign of life: %s", error)
            self.reachable = False
            self.heard = time.monotonic()
            return
        self.reachable = True
        if sign != self.sign:
            self.sign = sign
            self.heard = time.monotonic()
