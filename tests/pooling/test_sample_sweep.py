"""A sweep over the sample data, judged by the independent check."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling.reports import RunReport
from pooling.sample.loading import load_sample
from pooling.sweep import preview_sweep, sweep
from pooling.tick import tick
from tests.invariants import assert_sound

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def sample(db: None) -> None:
    """400 bookings for 42 people."""
    load_sample(bookings=400, interpreters=42, seed=7, start=NOW.date(), now=NOW, actor=COMMAND)


def test_a_week_of_sweeps_and_ticks_leaves_everything_sound(sample: None) -> None:
    assert_sound(from_the_start=True)
    for day in range(8):
        now = NOW + dt.timedelta(days=day)
        report = sweep(now=now, slot=f"day {day}", actor=COMMAND)
        tick(now=now + dt.timedelta(hours=9), actor=COMMAND)
        assert report.count("failed") == 0
        assert_sound(from_the_start=True)

    states = set(Booking.objects.values_list("state", flat=True))
    assert states == {"waiting", "approved", "completed"}


def test_a_preview_predicts_the_sweep_booking_by_booking(sample: None) -> None:
    shown = preview_sweep(now=NOW)
    done = sweep(now=NOW, slot="after a preview", actor=COMMAND)

    def rows(report: RunReport) -> list[tuple[object, ...]]:
        return [(e.booking, e.result, e.interpreters, e.reason) for e in report.entries]

    assert len(shown.entries) > 50
    assert rows(shown) == rows(done)
