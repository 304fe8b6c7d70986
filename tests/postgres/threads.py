"""Two connections at once: one thread stops inside its transaction, the other goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction

T = TypeVar("T")
SECONDS = 20


def in_thread(pool: ThreadPoolExecutor, function: Callable[[], T]) -> Future[T]:
    """Run on a connection of its own, which is closed afterwards."""

    def run() -> T:
        try:
            return function()
        finally:
            connection.close()

    return pool.submit(run)


@contextmanager
def stopped_before_commit(function: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Run a function in a transaction that stays open until the yielded callable is called."""
    reached, go_on = threading.Event(), threading.Event()

    def run() -> None:
        with transaction.atomic():
            function()
            reached.set()
            assert go_on.wait(SECONDS)

    with ThreadPoolExecutor(1) as pool:
        future = in_thread(pool, run)
        try:
            assert reached.wait(SECONDS) or future.result(0)
            yield go_on.set
        finally:
            go_on.set()
            future.result(SECONDS)


def blocked() -> bool:
    """Whether any connection to this database waits for a lock; another process has its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
