"""Seeds one corruption at a time into a pool that a week of work has filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from assignment.guarantees import guarantees_of, install
from assignment.models import Assignment, Booking
from monitoring.repair import audit_integrity

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def drop_constraints(*constrained: type[models.Model]) -> None:
    """Let the database take what it must refuse, until the test ends.

    PostgreSQL really loses the checks of these tables; SQLite, where that would mean new
    tables, stops asking them.
    """
    connection.check_constraints()
    with connection.cursor() as cursor:
        for guarantee in guarantees_of(connection):
            cursor.execute(guarantee.drop)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            return
        for table in (model._meta.db_table for model in constrained):
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


@contextmanager
def unguarded() -> Iterator[None]:
    """No constraint and no trigger on bookings and assignments inside."""
    drop_constraints(Booking, Assignment)
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
            install(connection)


def codes(*, now: dt.datetime = NOW) -> list[str]:
    """The codes of all findings."""
    return [finding.code for finding in audit_integrity(now=now).findings]


def codes_of_rows() -> list[str]:
    """The codes of all findings in rows, where protections were dropped and rows spoiled."""
    return [finding.code for finding in audit_integrity(now=NOW, schema=False).findings]


def the(**where: Any) -> Booking:
    """The first booking like that."""
    found = Booking.objects.filter(**where).order_by("pk").first()
    assert found, where
    return found


def change(booking: Booking, **fields: Any) -> None:
    """Write behind the product's back."""
    Booking.objects.filter(pk=booking.pk).update(**fields)


Spoil = Callable[[], object]
