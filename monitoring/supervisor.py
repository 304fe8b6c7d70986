"""Keeps the web server and the worker running, each on a leash, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from monitoring.children import Child
from monitoring.pulse import Pulse

logger = logging.getLogger(__name__)

ROUND_SECONDS = 0.5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STEADY_SECONDS = 60.0
"""A child that lived this long is started again after the first pause."""


class Post:
    """One child that must run: started again when it ends or freezes, more and more slowly."""

    def __init__(self, child: Child, *, pulse: Pulse | None = None) -> None:
        self.child = child
        self.pulse = pulse
        self.pause = 0.0
        self.started = 0.0
        self.start_at: float | None = time.monotonic()

    def tend(self) -> None:
        """Start the child if it is time to, and kill it if it is frozen."""
        now = time.monotonic()
        if self.start_at is not None:
            if now >= self.start_at:
                self.start()
        elif not self.child.is_running():
            self.plan_start(now)
        elif self.pulse and self.pulse.is_frozen():
            logger.error("the %s is frozen and is killed", self.child.name)
            self.child.kill()

    def start(self) -> None:
        """Start the child; a machine that cannot even do that is asked again later."""
        self.started = time.monotonic()
        self.start_at = None
        try:
            self.child.start()
        except OSError as error:
            logger.error("the %s cannot be started: %s", self.child.name, error.strerror)
        if self.pulse:
            self.pulse.reset()

    def plan_start(self, now: float) -> None:
        """Note when the child that has ended is due to be started again."""
        lived = now - self.started
        pause = FIRST_PAUSE if lived >= STEADY_SECONDS else max(FIRST_PAUSE, 2 * self.pause)
        self.pause = min(pause, LONGEST_PAUSE)
        self.start_at = now + self.pause
        logger.warning(
            "the %s ended after %.0f s and starts again in %.0f s",
            self.child.name,
            lived,
            self.pause,
        )


class Supervisor:
    """Tends its posts until SIGTERM or SIGINT, then ends every child."""

    def __init__(self, posts: Sequence[Post], *, once: Sequence[Child] = ()) -> None:
        self.posts = posts
        self.once = once
        self.stopping = threading.Event()

    def run(self, *, each_round: Callable[[], None] | None = None) -> None:
        """Start the children that run once, then tend the posts until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        try:
            for child in self.once:
                child.start()
            while not self.stopping.is_set():
                for post in self.posts:
                    post.tend()
                if each_round:
                    each_round()
                self.stopping.wait(ROUND_SECONDS)
        finally:
            self.end_all()

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Let the loop end after this round (a signal handler)."""
        self.stopping.set()

    def end_all(self) -> None:
        """Tell all children to end, then wait for each."""
        children = [*self.once, *(post.child for post in self.posts)]
        for child in children:
            child.let_go()
        for child in children:
            child.wait()
