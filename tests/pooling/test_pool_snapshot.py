"""``import_pool_snapshot``: a legacy pool comes over whole, once, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling.gate import gate
from pooling.tick import tick
from tests.factories.bookings import NOW, after
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.pooling.legacy import AT, booking, entry, hand_over, snapshot
from tests.pooling.refusals import run
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db


def test_entries_come_over_with_their_times_state_and_attempts(tmp_path: Path) -> None:
    rows = [booking(ref) for ref in ("B-1", "B-2", "B-3", "B-4")]
    code, data = hand_over(
        tmp_path,
        entry("B-1"),
        entry("B-2", pool_status="ready", pool_deadline_time="2026-11-22T06:00:00Z"),
        entry("B-3", pool_status="processing", pool_processing_attempts=3),
        entry("B-4", pool_status="failed", pool_processing_attempts=6),
    )

    assert (code, data["imported"], data["unchanged"], data["errors"]) == (0, 4, 0, [])
    assert columns(rows[0]) == {
        "pool_status": "waiting",
        "pool_entry_time": after(days=-2),
        "pool_deadline_time": after(days=10),
        "pool_processing_attempts": 0,
        "pool_lease_until": None,
        "pool_claimed_by": "",
        "pool_fence": 0,
        "pool_next_attempt_at": None,
        "pool_last_error": "",
    }
    names = ("pool_status", "pool_processing_attempts")
    found = [tuple(columns(row, *names).values()) for row in rows[1:]]
    assert found == [("ready", 0), ("ready", 3), ("failed", 6)]
    assert steps(rows[2]) == [("hand_over", "ungated", "ready")]
    assert AuditEvent.objects.get(object_ref="B-3").changes == {
        "hand_over": {
            "pool_entry_time": "2026-11-21T06:00:00Z",
            "pool_deadline_time": "2026-12-03T06:00:00Z",
            "pool_status": "processing",
            "pool_processing_attempts": 3,
        }
    }
    assert_sound(from_the_start=True)


def test_the_statistics_count_what_the_file_holds(tmp_path: Path) -> None:
    for ref in ("B-1", "B-2", "B-3", "B-4"):
        booking(ref)
    _, data = hand_over(
        tmp_path,
        entry("B-1"),
        entry("B-2", pool_status="ready", pool_deadline_time="2026-11-22T06:00:00Z"),
        entry("B-3", pool_status="processing", pool_processing_attempts=3),
        entry("B-4", pool_status="failed", pool_processing_attempts=6),
    )

    assert data["statistics"] == {
        "total": 4,
        "waiting": 1,
        "ready": 1,
        "processing": 1,
        "failed": 1,
        "overdue": 1,
        "oldest_entry": "2026-11-21T06:00:00Z",
        "next_deadline": "2026-11-22T06:00:00Z",
        "most_attempts": 6,
    }


def test_a_repetition_changes_nothing_also_after_the_entries_were_decided(tmp_path: Path) -> None:
    InterpreterFactory.create()
    booking("B-1"), booking("B-2")
    entries = (entry("B-1"), entry("B-2", pool_deadline_time="2026-11-23T06:00:00Z"))
    hand_over(tmp_path, *entries)
    tick(now=NOW, actor=COMMAND)
    assert Booking.objects.get(ref="B-2").state == "approved"
    before = digest()

    code, data = hand_over(tmp_path, *reversed(entries))

    assert (code, data["imported"], data["unchanged"]) == (0, 0, 2)
    assert digest() == before
    assert_sound(from_the_start=True)


def test_only_an_entry_that_says_something_else_is_written_again(tmp_path: Path) -> None:
    rows = [booking("B-1"), booking("B-2")]
    hand_over(tmp_path, entry("B-1"), entry("B-2"))

    code, data = hand_over(tmp_path, entry("B-1"), entry("B-2", pool_processing_attempts=2))

    assert (code, data["imported"], data["unchanged"]) == (0, 1, 1)
    assert len(steps(rows[0])) == 1
    assert steps(rows[1])[-1] == ("hand_over", "waiting", "waiting")
    assert_sound(from_the_start=True)


def test_an_entry_that_the_gate_has_seen_gets_the_legacy_times(tmp_path: Path) -> None:
    row = booking("B-1")
    gate([row.pk], now=NOW, actor=COMMAND)

    code, data = hand_over(tmp_path, entry("B-1", pool_deadline_time="2026-12-01T06:00:00Z"))

    assert (code, data["imported"]) == (0, 1)
    assert columns(row, "pool_deadline_time") == {"pool_deadline_time": after(days=8)}
    assert_sound(from_the_start=True)


def test_a_dry_run_judges_and_writes_nothing(tmp_path: Path) -> None:
    booking("B-1")
    before = digest()

    file = snapshot(tmp_path, entry("B-1"))
    code, data = run("import_pool_snapshot", file, "--dry-run", AT)

    assert (code, data["imported"], data["statistics"]["total"]) == (0, 0, 1)
    assert digest() == before
