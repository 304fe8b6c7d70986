"""Which entries are overdue."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.models import Booking
from pooling.slices import overdue_grace, slice_filter
from tests.factories.bookings import NOW, ReadyFactory, after

pytestmark = pytest.mark.django_db
A_MOMENT = dt.timedelta(seconds=1)


@pytest.mark.parametrize("mode", ["BALANCE", "NORMAL"])
@pytest.mark.parametrize(("entered", "deadline"), [(0, -4), (-4, 0)])
def test_an_entry_is_overdue_a_while_after_it_was_due_and_there(
    mode: str, entered: float, deadline: float
) -> None:
    ReadyFactory.create(
        pool_entry_time=after(days=entered), pool_deadline_time=after(days=deadline)
    )

    def count(moment: dt.datetime) -> int:
        return Booking.objects.filter(slice_filter("overdue", now=moment, mode=mode)).count()

    end = NOW + overdue_grace(mode)
    assert [count(NOW), count(end - A_MOMENT), count(end)] == [0, 0, 1]
