"""``import_pool_snapshot`` of 5,000 entries, killed half-way, and run again."""

from __future__ import annotations

import datetime as dt
import json
import signal
from pathlib import Path

import pytest

from assignment.models import AuditEvent, Booking
from tests.factories.bookings import NOW, BookingFactory, after
from tests.faults import commands
from tests.invariants import assert_sound
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 3_000


def write_snapshot(file: Path) -> None:
    """Three thousand entries, one a minute."""
    entries = [
        {
            "booking": f"B-{number}",
            "pool_entry_time": (NOW - dt.timedelta(minutes=number)).isoformat(),
            "pool_deadline_time": after(days=5, minutes=number).isoformat(),
            "pool_status": ("waiting", "ready", "processing", "failed")[number % 4],
            "pool_processing_attempts": number % 4,
        }
        for number in range(COUNT)
    ]
    file.write_text(json.dumps(entries), "utf-8")


def test_a_hand_over_killed_half_way_is_completed_by_the_same_command(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    bookings = [
        BookingFactory.build(ref=f"B-{number}", starts_at=after(days=20)) for number in range(COUNT)
    ]
    Booking.objects.bulk_create(bookings, batch_size=500)
    file = tmp_path / "pool.json"
    write_snapshot(file)
    command = ("import_pool_snapshot", str(file), f"--now={NOW.isoformat()}")
    events = AuditEvent.objects.filter(action="hand_over")

    process = commands.start(process_environment, *command)
    wait_until(lambda: events.count() >= 500, seconds=60)
    process.kill()
    assert commands.code_of(process) == -signal.SIGKILL
    done = events.count()
    assert 0 < done < COUNT
    assert_sound(from_the_start=True)

    answer = commands.call(process_environment, *command)

    assert (answer["imported"], answer["unchanged"], answer["errors"]) == (COUNT - done, done, [])
    assert events.count() == COUNT
    states = Booking.objects.order_by().values_list("pool_status", flat=True)
    counts = {state: list(states).count(state) for state in ("waiting", "ready", "failed")}
    assert counts == {"waiting": 750, "ready": 1_500, "failed": 750}
    assert_sound(from_the_start=True)
    again = commands.call(process_environment, *command)
    assert (again["imported"], again["unchanged"]) == (0, COUNT)
