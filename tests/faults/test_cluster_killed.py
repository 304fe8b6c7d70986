"""The parts of a django-q2 cluster, killed one after the other: work goes on by itself."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from django_q.tasks import async_task

from assignment.models import Booking
from monitoring import heartbeat, pulse
from monitoring.pulse import Pulse
from monitoring.serving import worker_post
from monitoring.supervisor import Post
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.people import ready
from tests.processes import children_of, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = 4


def sentinel_of(post: Post) -> int:
    """The process that watches over two workers, a monitor and a pusher; 0 while not all run."""
    post.tend()
    if post.child.process is None:
        return 0
    for main in children_of(post.child.process.pid):
        for sentinel in children_of(main):
            if len(children_of(sentinel)) == PARTS:
                return sentinel
    return 0


def test_work_goes_on_whichever_part_of_the_cluster_is_killed(
    monkeypatch: pytest.MonkeyPatch, process_environment: dict[str, str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", process_environment["DATABASE_URL"])
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(pulse, "CALM_SECONDS", 0.5)
    monkeypatch.setattr(pulse, "FROZEN_SILENCE", 10)
    name = heartbeat.worker_heartbeat()
    post = worker_post()
    assert isinstance(post.pulse, Pulse)

    def beats_after(sign: object) -> bool:
        post.tend()
        return heartbeat.last(name) not in (None, sign)

    try:
        wait_until(lambda: beats_after(None), seconds=40)
        for victims in ("pusher and monitor", "sentinel"):
            wait_until(lambda: sentinel_of(post) > 0, seconds=60)
            sentinel = sentinel_of(post)
            parts = children_of(sentinel)[2:4] if victims != "sentinel" else [sentinel]
            for part in parts:
                os.kill(part, signal.SIGKILL)
            sign = heartbeat.last(name)
            wait_until(partial(beats_after, sign), seconds=90)
        InterpreterFactory()
        booking = ready()
        async_task("pooling.tasks.tick")
        wait_until(lambda: ticked(post, booking), seconds=60)
    finally:
        post.child.kill()


def ticked(post: Post, booking: Booking) -> bool:
    """Whether the message has had the booking decided."""
    post.tend()
    return Booking.objects.get(pk=booking.pk).state == "approved"
