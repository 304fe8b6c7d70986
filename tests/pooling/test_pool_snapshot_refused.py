"""``import_pool_snapshot`` refuses a file with anything wrong in it, and names everything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pooling import snapshot_entries
from tests.factories.bookings import (
    BookingFactory,
    EscalatedFactory,
    ProcessingFactory,
    ReadyFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory
from tests.pooling.legacy import AT, booking, entry, hand_over
from tests.pooling.refusals import run
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


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


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pool.json")

    code, data = run("import_pool_snapshot", str(tmp_path / "pool.json"))

    assert code == 2
    assert data["error"]["message"] == "pool.json is no ordinary file: name a JSON file."


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_entries, "MOST_BYTES", 4)
    monkeypatch.setattr(Path, "read_bytes", None)
    (tmp_path / "pool.json").write_text("[   ]")

    code, data = run("import_pool_snapshot", str(tmp_path / "pool.json"))

    assert code == 2
    assert "The file is larger than 100 MB" in data["error"]["message"]
