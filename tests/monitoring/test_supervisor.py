"""The supervisor: what must run does run, also after a worker froze."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ

from monitoring import heartbeat, pulse
from monitoring.children import Child
from monitoring.pulse import Pulse
from monitoring.supervisor import Post
from tests.processes import children_of, members_of, wait_until


@contextmanager
def tended(post: Post) -> Iterator[Post]:
    """A post whose child ends with the test."""
    try:
        yield post
    finally:
        post.child.kill()


def test_a_child_that_ends_at_once_is_started_ever_more_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    pauses = []
    with tended(Post(Child("child", "-c", "pass"))) as post:
        for _ in range(9):
            post.tend()
            assert post.child.process is not None
            post.child.process.wait()
            post.tend()
            pauses.append(post.pause)
            post.tend()
            assert not post.child.is_running()
            clock[0] += post.pause

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_child_that_lived_long_is_started_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    with tended(Post(Child("child", "-c", "import time; time.sleep(60)"))) as post:
        post.pause = 32
        post.tend()
        clock[0] = 61
        post.child.kill()
        post.tend()

        assert post.pause == 1


def test_a_child_that_cannot_be_started_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with tended(Post(Child("child", "-c", "pass"))) as post:
        monkeypatch.setattr(post.child, "command", ["/nowhere/python"])
        post.tend()
        post.tend()

        assert post.start_at is not None
    assert caplog.messages[0] == "the child cannot be started: No such file or directory"


@pytest.mark.django_db(transaction=True)
def test_a_frozen_worker_is_replaced_and_its_queue_is_worked_off(
    monkeypatch: pytest.MonkeyPatch,
    process_environment: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DATABASE_URL", process_environment["DATABASE_URL"])
    monkeypatch.setattr(pulse, "CALM_SECONDS", 0.5)
    monkeypatch.setattr(pulse, "FROZEN_SILENCE", 6)
    name = heartbeat.worker_heartbeat()

    with tended(Post(Child("worker", "manage.py", "qcluster"), pulse=Pulse())) as post:

        def alive_since(sign: object) -> bool:
            post.tend()
            return heartbeat.last(name) not in (None, sign)

        wait_until(lambda: alive_since(None), seconds=30)
        assert post.child.process is not None
        group = post.child.process.pid
        kill_idle_workers(group)
        sign = heartbeat.last(name)

        wait_until(lambda: alive_since(sign), seconds=30)
        assert post.child.process.pid != group
        assert members_of(group) == []
        assert "the worker is frozen and is killed" in caplog.messages

        free = OrmQ.objects.filter(lock__lte=timezone.now())
        wait_until(lambda: not free.exists(), seconds=10)
    assert members_of(post.child.process.pid if post.child.process else group) == []


def kill_idle_workers(group: int) -> None:
    """Kill both workers of an idle cluster, one of which holds the lock of the queue."""
    (main,) = children_of(group)
    (sentinel,) = children_of(main)
    for worker in children_of(sentinel)[:2]:
        os.kill(worker, signal.SIGKILL)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_not_blamed_on_the_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    watched = Pulse()

    def refuse(*_: object) -> None:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(refuse), caplog.at_level(logging.ERROR, "monitoring"):
        for _ in range(10):
            clock[0] += 60
            assert not watched.is_frozen()
    assert len(caplog.messages) == 1

    clock[0] += pulse.FROZEN_SILENCE + 1
    assert watched.is_frozen()


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_asked_at_once_and_more_often_when_it_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    watched = Pulse()

    watched.is_frozen()
    assert OrmQ.objects.count() == 1

    for _ in range(59):
        clock[0] += 1
        watched.is_frozen()
    assert OrmQ.objects.count() == 1 + 2

    for _ in range(60):
        clock[0] += 1
        watched.is_frozen()
    assert OrmQ.objects.count() == 1 + 2 + 30
