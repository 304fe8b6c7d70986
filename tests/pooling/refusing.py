"""An audit trail that takes no event, as a full disk or a lost right makes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def trail_that_refuses() -> Iterator[None]:
    """The database itself refuses every new event inside."""
    postgresql = connection.vendor == "postgresql"
    body = (
        "FOR EACH ROW EXECUTE FUNCTION interpool_append_only()"
        if postgresql
        else "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
    )
    end = " ON assignment_auditevent" if postgresql else ""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TRIGGER refuses BEFORE INSERT ON assignment_auditevent {body}")
        try:
            yield
        finally:
            cursor.execute(f"DROP TRIGGER refuses{end}")
