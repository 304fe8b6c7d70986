"""Statements that are made once: they answer for every moment as the query itself does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Q, QuerySet

from assignment.models import Booking
from assignment.prepared import Prepared
from tests.factories.bookings import NOW, BookingFactory, after

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)


def of_the_day_before(now: dt.datetime) -> QuerySet[Booking, tuple[str, dt.datetime]]:
    """Bookings that start in the day before a moment, by ref."""
    rows = Booking.objects.filter(starts_at__gte=now - A_DAY, starts_at__lt=now, state="waiting")
    return rows.order_by("ref").values_list("ref", "starts_at")


def test_it_answers_for_each_moment_that_is_asked() -> None:
    for number in range(4):
        BookingFactory.create(ref=f"B{number}", starts_at=after(hours=20 * number))
    prepared = Prepared(of_the_day_before)

    assert prepared.rows(after(hours=1)) == [("B0", NOW)]
    assert prepared.rows(after(hours=21)) == [("B0", NOW), ("B1", after(hours=20))]
    assert prepared.rows(after(days=-9)) == []
    assert prepared.rows(after(hours=1, days=9)) == []
    assert prepared.rows(after(hours=21)) == list(of_the_day_before(after(hours=21)))


def test_a_new_row_is_found_by_the_statement_that_was_made_before_it() -> None:
    prepared = Prepared(of_the_day_before)
    assert prepared.rows(after(hours=1)) == []

    BookingFactory.create(ref="B", starts_at=NOW)

    assert prepared.rows(after(hours=1)) == [("B", NOW)]


def test_two_moments_keep_apart() -> None:
    def between(first: dt.datetime, last: dt.datetime) -> QuerySet[Booking, tuple[str]]:
        rows = Booking.objects.filter(starts_at__gte=first, starts_at__lt=last + A_DAY)
        return rows.order_by("ref").values_list("ref")

    for number in range(5):
        BookingFactory.create(ref=f"B{number}", starts_at=after(days=number))
    prepared = Prepared(between)

    assert prepared.rows(after(days=1), after(days=2)) == [("B1",), ("B2",)]
    assert prepared.rows(after(days=3), after(days=9)) == [("B3",), ("B4",)]


def test_what_can_find_nothing_finds_nothing() -> None:
    prepared = Prepared(lambda now: of_the_day_before(now).filter(pk__in=[]))

    assert prepared.rows(NOW) == []


@pytest.mark.postgres_only
def test_a_moment_of_its_own_is_refused() -> None:
    fixed = Prepared(lambda now: of_the_day_before(now).filter(Q(ends_at__gt=NOW)))

    with pytest.raises(ValueError, match="a moment of its own"):
        fixed.rows(NOW)
