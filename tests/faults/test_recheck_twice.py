"""Two workers find the same note that a booking was moved: it is worked off once."""

from __future__ import annotations

from functools import partial

import pytest

from assignment.audit import COMMAND
from assignment.models import Assignment, Booking
from pooling import rechecks
from pooling.tick import tick
from tests.factories.bookings import NOW, after, approved
from tests.factories.people import InterpreterFactory
from tests.faults.forks import fork, wait_for
from tests.invariants import assert_sound
from tests.pooling.steps import steps

pytestmark = pytest.mark.django_db(transaction=True)

BOOKINGS = 30


def test_whom_a_person_chose_is_left_to_a_person_by_however_many_workers() -> None:
    moved = []
    for number in range(BOOKINGS):
        person, start = InterpreterFactory.create(), after(days=2, minutes=number)
        approved(person, starts_at=start)
        moved.append(approved(person, starts_at=after(days=3)))
        Assignment.objects.filter(booking=moved[-1]).update(by_hand=True)
        Booking.objects.filter(pk=moved[-1].pk).update(
            starts_at=start, ends_at=start + (moved[-1].ends_at - moved[-1].starts_at), version=2
        )
    InterpreterFactory.create_batch(BOOKINGS)
    rechecks.note_bookings([row.pk for row in moved], reason="Imported.")

    work_off = partial(rechecks.work_off, now=NOW, actor=COMMAND)
    assert wait_for([fork(work_off) for _ in range(4)]) == [0] * 4
    tick(now=NOW, actor=COMMAND)

    for booking in moved:
        booking.refresh_from_db()
        assert booking.escalation_code == "pinned_cannot", steps(booking)
        assert [row[0] for row in steps(booking)] == ["hand_back"]
    assert_sound()
