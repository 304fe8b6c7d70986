"""The daily sweep by local time: one slot a day, also where the clocks change."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django.conf import LazySettings

from assignment.audit import COMMAND
from pooling.models import Run
from pooling.sweep import sweep_if_missed
from pooling.timing import hour_of, next_sweep, slot_of

QUARTER = dt.timedelta(minutes=15)
CHANGES = {
    "Paris in spring": ("Europe/Paris", dt.date(2026, 3, 29)),
    "Paris in autumn": ("Europe/Paris", dt.date(2026, 10, 25)),
    "New York in spring": ("America/New_York", dt.date(2026, 3, 8)),
    "New York in autumn": ("America/New_York", dt.date(2026, 11, 1)),
    "Lord Howe in spring": ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
    "Lord Howe in autumn": ("Australia/Lord_Howe", dt.date(2026, 4, 5)),
    "a leap day": ("UTC", dt.date(2028, 2, 29)),
    "the last week, 53": ("Asia/Tokyo", dt.date(2026, 12, 31)),
}
HOURS = (dt.time(0, 0), dt.time(1, 30), dt.time(2, 30), dt.time(6, 0))


def quarters(day: dt.date) -> list[dt.datetime]:
    """Each quarter of an hour of two days before to two days after, in UTC."""
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    return [noon + QUARTER * number for number in range(-192, 192)]


@pytest.mark.parametrize("hour", HOURS, ids=str)
@pytest.mark.parametrize("change", CHANGES)
def test_every_day_has_its_slot_once_and_in_order(
    settings: LazySettings, change: str, hour: dt.time
) -> None:
    settings.TIME_ZONE, day = CHANGES[change]
    settings.SWEEP_TIME = hour

    slots = [slot_of(now) for now in quarters(day)]

    assert slots == sorted(slots)
    days = [dt.date.fromisoformat(slot) for slot in dict.fromkeys(slots)]
    assert all(later - earlier == dt.timedelta(days=1) for earlier, later in pairwise(days))
    assert len(days) in (4, 5)
    for now, slot in zip(quarters(day), slots, strict=True):
        assert hour_of(slot) <= now < next_sweep(now) <= now + dt.timedelta(hours=25)
        assert slot_of(next_sweep(now)) > slot


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["Paris in spring", "Paris in autumn"])
def test_one_sweep_a_day_where_the_clocks_change(settings: LazySettings, change: str) -> None:
    settings.TIME_ZONE, day = CHANGES[change]
    settings.SWEEP_TIME = dt.time(2, 30)

    for now in quarters(day)[::4]:
        sweep_if_missed(now=now, actor=COMMAND)

    slots = list(Run.objects.order_by("pk").values_list("slot", flat=True))
    assert slots == sorted(set(slots))
    assert len(slots) == 5


@pytest.mark.django_db
def test_a_clock_that_jumps_back_and_forth_repeats_no_slot_and_measures_no_negative_time() -> None:
    six = dt.datetime(2026, 11, 23, 6, 30, tzinfo=dt.UTC)
    hour, day = dt.timedelta(hours=1), dt.timedelta(days=1)

    for now in (six, six - hour, six + day, six, six - hour, six + day, six + 2 * day):
        sweep_if_missed(now=now, actor=COMMAND)

    runs = Run.objects.order_by("slot")
    assert [run.slot for run in runs] == ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]
    assert all(run.seconds >= 0 for run in runs)
