"""``kill -9`` after every fifth statement of the undo of one decision, then again."""

from __future__ import annotations

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import AuditEvent, Booking
from pooling.models import Run
from pooling.undo import Undone, undo_run
from tests.factories.bookings import NOW
from tests.faults.forks import Counter, kill_points
from tests.faults.kept import deaths, kept
from tests.faults.service import make_service, outcome, sweep_it
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)


def undo() -> Undone:
    """Undo one decision of the sweep."""
    run = Run.objects.select_related("operation").order_by("pk")[0]
    only = [Booking.objects.get(ref="due 1").pk]
    return undo_run(run, now=NOW, actor=COMMAND, reason="Wrong person.", only=only)


def test_the_undo_of_one_decision_killed_after_a_statement_is_finished_by_the_next() -> None:
    make_service()
    sweep_it()
    before = outcome()
    counter = Counter()
    with kept():
        with connection.execute_wrapper(counter):
            undo()
        undisturbed = outcome()
        assert undisturbed == before | {"due 1": ("undone", ())}
        assert counter.count > 20

        for number in deaths(kill_points(counter.count), undo):
            done = undo()

            assert (done.undone, done.kept) == (("due 1",), ()), number
            assert outcome() == undisturbed, number
            assert Run.objects.count() == 2, number
            assert AuditEvent.objects.filter(action="undo").count() == 1, number
            assert_sound(from_the_start=True)
