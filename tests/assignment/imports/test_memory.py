"""The memory of an import does not grow with the length of the file."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest

from assignment.imports.bookings import BookingTable
from assignment.imports.run import judge_file
from tests.assignment.imports.files import GOOD, HEADER, write_csv

FEW, MANY = 2_000, 12_000


@pytest.mark.django_db
def test_memory_does_not_follow_the_number_of_lines(tmp_path: Path) -> None:
    peaks = {}
    for count in (MANY, FEW, MANY):
        lines = (GOOD.replace("BK-1", f"BK-{number}") for number in range(count))
        path = write_csv(tmp_path, HEADER, *lines)
        gc.collect()
        tracemalloc.start()
        report = judge_file(path, BookingTable())
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert report.created == count

    # keeping the rows would make it almost four times as much; 2 leaves room for the collector
    assert peaks[MANY] < 2 * peaks[FEW]
