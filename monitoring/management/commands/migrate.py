"""``manage.py migrate``: Django's own, made for a database that people work on.

A lock that is not given soon is given up and asked for again, so that nobody stands long in a
queue behind a waiting migration. What would break the promise of no double booking is named
before anything is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from assignment import guarantees
from assignment.command import UNAVAILABLE, WRONG
from assignment.failures import DATABASE_ERRORS, classify
from monitoring.schema import overlaps_in_the_way

LIMITS = {
    "lock_timeout": "500ms",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
"""Short for locks, which others queue behind; none for the work itself, which may be long."""
TRIES = 60
LISTED = 20


class Command(migrate.Command):
    """Exit code 1: overlaps stand in the way; 3: the tables are never free for a moment."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Look first, then migrate, again while somebody holds what it must lock."""
        connection = connections[options["database"]]
        if connection.alias == DEFAULT_DB_ALIAS:
            refuse_overlaps(connection)
        try:
            with short_locks(connection):
                patiently()(super().handle, *arguments, **options)
        except DATABASE_ERRORS as error:
            if classify(error).kind not in ("busy", "conflict"):
                raise
            raise CommandError(
                "The tables are in use all the time, so that they cannot be changed: stop the "
                "workers for a minute, then repeat this; it goes on where it is.",
                returncode=UNAVAILABLE,
            ) from error


def refuse_overlaps(connection: BaseDatabaseWrapper) -> None:
    """Raise CommandError when the guarantee against them is missing and overlaps stand."""
    if not any("no_double_booking" in row.name for row in guarantees.missing(connection)):
        return
    pairs = overlaps_in_the_way()
    if pairs:
        more = f" (and {len(pairs) - LISTED} more)" if len(pairs) > LISTED else ""
        raise CommandError(
            f"Nothing was changed. {' '.join(pairs[:LISTED])}{more} Put these right first.",
            returncode=WRONG,
        )


@contextmanager
def short_locks(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Write: wait only a moment for a lock, and let the work itself take its time."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for name, value in LIMITS.items():
            cursor.execute(f"SET {name} = '{value}'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name in LIMITS:
                cursor.execute(f"RESET {name}")


def patiently() -> Retrying:
    """Return a loop that tries again while a lock was not given."""
    return Retrying(
        retry=retry_if_exception(lambda error: classify(error).kind in ("busy", "conflict")),
        stop=stop_after_attempt(TRIES),
        wait=wait_random(0.2, 1),
        reraise=True,
    )
