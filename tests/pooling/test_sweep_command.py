"""``sweep`` from the command line: the slot it is asked for."""

from __future__ import annotations

import pytest

from pooling.models import Run
from tests.factories.bookings import ReadyFactory
from tests.pooling.steps import digest
from tests.pooling.test_plan_commands import AT, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("slot", "message"),
    [
        ("2026-99-99", "“2026-99-99” is no date: write such as 2026-11-23."),
        ("2026-02-29", "“2026-02-29” is no date: write such as 2026-11-23."),
        ("2026-1-5", "“2026-1-5” is no date: write such as 2026-11-23."),
        ("2026/11/23", "“2026/11/23” is no date: write such as 2026-11-23."),
        ("23.11.2026", "“23.11.2026” is no date: write such as 2026-11-23."),
        (" 2026-11-23", "“ 2026-11-23” is no date: write such as 2026-11-23."),
        (
            "2026-11-23T25:00Z",
            "“2026-11-23T25:00Z” is no instant: write such as 2026-11-23T06:00:00+00:00.",
        ),
        (" ", "Name the slot with 1 to 100 printable characters."),
    ],
)
def test_a_slot_that_is_no_date_is_refused_and_nothing_changes(slot: str, message: str) -> None:
    ReadyFactory.create()
    before = digest()

    code, data = run("sweep", f"--slot={slot}", AT)

    assert (code, data["error"]["message"]) == (2, message)
    assert digest() == before


@pytest.mark.parametrize(
    "slot", ["2026-11-23", "2026-11-23 daily", "2026-11-23T06:00:00Z", "morning", "1.2.3"]
)
def test_a_date_an_instant_and_a_name_are_slots(slot: str) -> None:
    code, data = run("sweep", f"--slot={slot}", AT)

    assert (code, data["repeated"], Run.objects.get().slot) == (0, False, slot)
