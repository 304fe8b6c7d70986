"""Reading many tables as of one moment, without a write lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Let all queries inside see one moment of the database; nothing may be written.

    PostgreSQL: REPEATABLE READ, READ ONLY. SQLite: a plain BEGIN, so that readers do not
    take the only write lock. Inside a running transaction it adds nothing.
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    connection.ensure_connection()
    own: Any = connection  # Django's SQLite backend reads the mode at each BEGIN
    mode, own.transaction_mode = own.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            yield
    finally:
        own.transaction_mode = mode
