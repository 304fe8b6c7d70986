"""``import_pool_snapshot``: a legacy pool comes over whole, once, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling.gate import gate
from pooling.tick import tick
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    EscalatedFactory,
    ProcessingFactory,
    ReadyFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.pooling.refusals import run
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db
AT = f"--now={NOW.isoformat()}"


def entry(ref: str, **changes: Any) -> dict[str, Any]:
    """A sound entry: it came two days ago and must be decided in ten days."""
    return {
        "booking": ref,
        "pool_entry_time": "2026-11-21T13:00:00+07:00",
        "pool_deadline_time": "2026-12-03T06:00:00Z",
        "pool_status": "waiting",
        "pool_processing_attempts": 0,
    } | changes


def snapshot(folder: Path, *entries: Any) -> str:
    """The name of a file with these entries."""
    file = folder / "pool.json"
    file.write_text(json.dumps(entries), "utf-8")
    return str(file)


def hand_over(folder: Path, *entries: Any) -> tuple[int, Any]:
    """Exit code and answer of an import of these entries."""
    return run("import_pool_snapshot", snapshot(folder, *entries), AT)


def booking(ref: str, **fields: Any) -> Booking:
    """A booking in twenty days."""
    return BookingFactory.create(ref=ref, **{"starts_at": after(days=20)} | fields)


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


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"booking": "B-9"},
            "There is no such booking: import the bookings first.",
        ),
        ({"booking": "B 1\x00"}, "“booking” must be the ref of a booking."),
        (
            {"pool_entry_time": "2026-11-21T13:00:00"},
            "“pool_entry_time”: “2026-11-21T13:00:00” has no offset: "
            "write such as 2026-11-23T06:00:00+00:00.",
        ),
        (
            {"pool_entry_time": "2026-11-23T06:00:01Z"},
            "“pool_entry_time” lies in the future: check the clock of the legacy program.",
        ),
        (
            {"pool_deadline_time": None},
            "“pool_deadline_time”: write an instant such as 2026-11-23T06:00:00+00:00.",
        ),
        (
            {"pool_deadline_time": "2026-12-13T06:00:01Z"},
            "“pool_deadline_time” comes after the start of the booking, 2026-12-13T06:00:00Z.",
        ),
        ({"pool_status": None}, "“pool_status” must be one of waiting, ready, processing, failed."),
        (
            {"pool_processing_attempts": -1},
            "“pool_processing_attempts” must be a whole number from 0 to 100.",
        ),
        (
            {"pool_processing_attempts": 101},
            "“pool_processing_attempts” must be a whole number from 0 to 100.",
        ),
        (
            {"pool_processing_attempts": True},
            "“pool_processing_attempts” must be a whole number from 0 to 100.",
        ),
        (
            {"lane": 1},
            "Leave out lane: an entry has the keys booking, pool_entry_time, "
            "pool_deadline_time, pool_status, pool_processing_attempts.",
        ),
    ],
)
def test_a_bad_entry_is_named_and_nothing_is_written(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    booking("B-0"), booking("B-1")
    before = digest()

    code, data = hand_over(tmp_path, entry("B-0"), entry("B-1", **changes))

    assert (code, data["imported"], data["unchanged"]) == (2, 0, 0)
    assert [(error["index"], error["reason"]) for error in data["errors"]] == [(1, reason)]
    assert digest() == before


def test_bookings_that_are_no_longer_open_are_named(tmp_path: Path) -> None:
    approved(InterpreterFactory.create(), ref="B-1", starts_at=after(days=20))
    EscalatedFactory.create(ref="B-2", starts_at=after(days=20))
    ProcessingFactory.create(ref="B-3", starts_at=after(days=20))
    BookingFactory.create(ref="B-4", starts_at=after(days=20), state="cancelled")
    before = digest()

    code, data = hand_over(tmp_path, *(entry(f"B-{number}") for number in range(1, 5)))

    assert code == 2
    assert [(error["booking"], error["reason"]) for error in data["errors"]] == [
        ("B-1", "The booking is already assigned: leave the entry out."),
        ("B-2", "The booking already waits for a person here: leave the entry out."),
        ("B-3", "The booking is being processed here: try again in a minute."),
        ("B-4", "The booking is cancelled: leave the entry out."),
    ]
    assert digest() == before


def test_two_entries_for_one_booking_and_things_that_are_no_entries_are_named(
    tmp_path: Path,
) -> None:
    ReadyFactory.create(ref="B-1", starts_at=after(days=20))

    code, data = hand_over(tmp_path, entry("B-1"), 7, entry("B-1"))

    assert code == 2
    assert [(error["index"], error["reason"]) for error in data["errors"]] == [
        (
            1,
            "An entry is an object with the keys booking, pool_entry_time, "
            "pool_deadline_time, pool_status, pool_processing_attempts.",
        ),
        (2, "Entry 0 is for the same booking: keep one of the two."),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "pool.json must hold a list of entries: [ {…}, {…} ]."),
        (b"[", "pool.json is no JSON in UTF-8: export it again."),
        (b"\xff\xfe", "pool.json is no JSON in UTF-8: export it again."),
        (b"[" * 100_000, "pool.json is no JSON in UTF-8: export it again."),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "pool.json"
    file.write_bytes(content)

    code, data = run("import_pool_snapshot", str(file), AT)

    assert (code, data["error"]["message"]) == (2, message)


def test_a_dry_run_judges_and_writes_nothing(tmp_path: Path) -> None:
    booking("B-1")
    before = digest()

    file = snapshot(tmp_path, entry("B-1"))
    code, data = run("import_pool_snapshot", file, "--dry-run", AT)

    assert (code, data["imported"], data["statistics"]["total"]) == (0, 0, 1)
    assert digest() == before
