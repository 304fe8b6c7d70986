"""An undo waits for whoever changes a booking just now, and then leaves what was changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.models import F

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling.changes import cancel_bookings
from pooling.models import Run
from pooling.processing import process_entries
from pooling.undo import undo_run
from tests.factories.bookings import NOW, ReadyFactory
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.postgres.threads import blocked, in_thread, stopped_before_commit
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


@pytest.fixture
def run() -> Run:
    """A run that gave one booking its interpreter."""
    InterpreterFactory.create()
    booking = ReadyFactory.create()
    return process_entries([booking.pk], now=NOW, actor=COMMAND, key="k", reason="Now.")


def undo(run: Run) -> list[str]:
    """Undo the run; return why bookings were kept."""
    undone = undo_run(run, now=NOW, actor=COMMAND, reason="Wrong.")
    return [reason for _, reason in undone.kept]


def edit() -> None:
    """Change a booking as its form does."""
    Booking.objects.update(title="Another title", version=F("version") + 1)


def cancel() -> None:
    """Cancel every booking."""
    ids = list(Booking.objects.values_list("pk", flat=True))
    cancel_bookings(ids, now=NOW, actor=COMMAND, reason="Off.")


@pytest.mark.parametrize(
    ("change", "why"),
    [(edit, "It was edited since."), (cancel, "It is cancelled now.")],
    ids=["edit", "cancel"],
)
def test_an_undo_waits_for_a_change_and_keeps_it(
    run: Run, change: Callable[[], None], why: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        with stopped_before_commit(change) as go_on:
            undoing = in_thread(threads, lambda: undo(run))
            wait_until(blocked, seconds=5)
            go_on()
        assert undoing.result(20) == [why]

    assert_sound()
