"""Instants as they are read: the same as by Django's own loader."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DataError, connection
from psycopg.types.datetime import TimestamptzLoader

from assignment.instants import INSTANT, InstantLoader

pytestmark = [pytest.mark.django_db, pytest.mark.postgres_only]


def read(literal: str) -> dt.datetime:
    """Return the instant that PostgreSQL makes of this text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [literal])
        found: dt.datetime = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize(
    ("literal", "instant"),
    [
        ("2026-11-27 09:00+09", dt.datetime(2026, 11, 27, tzinfo=dt.UTC)),
        ("2026-11-27 00:00:00.5+00", dt.datetime(2026, 11, 27, 0, 0, 0, 500_000, tzinfo=dt.UTC)),
        ("2026-11-27 23:59:59.000001-05", dt.datetime(2026, 11, 28, 4, 59, 59, 1, tzinfo=dt.UTC)),
        ("0001-01-01 00:00+00", dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
        ("9999-12-31 23:59:59+00", dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
def test_an_instant_is_read_in_utc(literal: str, instant: dt.datetime) -> None:
    found = read(literal)
    assert (found, found.tzinfo) == (instant, dt.UTC)


@pytest.mark.parametrize("literal", ["infinity", "0044-03-15 12:00+00 BC", "10000-01-01 00:00+00"])
def test_what_python_cannot_hold_is_refused_as_by_the_driver(literal: str) -> None:
    with pytest.raises(DataError, match="timestamp"):
        read(literal)


def test_every_new_connection_reads_so() -> None:
    connection.ensure_connection()
    adapters = connection.connection.adapters
    assert adapters.get_loader(INSTANT, TimestamptzLoader.format) is InstantLoader
