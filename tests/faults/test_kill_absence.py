"""``kill -9`` after every fifth statement of an absence, and of its undo, then again."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Booking, Decision, Leave
from pooling.models import Plan, Run
from pooling.undo import Undone, undo_run
from tests.factories.bookings import NOW, after, approved
from tests.faults.forks import Counter, kill_points
from tests.faults.kept import deaths, kept
from tests.invariants import assert_sound
from tests.pooling.absent import apply, people, preview

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "nobody_qualified"
LACKING = ("B-3", "ANA is now without the languages.")


def shown() -> Plan:
    """A plan of three rows: two are given to Ben, one finds nobody."""
    ana, _ = people("ANA", "BEN")
    for number, languages in enumerate(("ja", "ja", "ja;th;fr"), 1):
        approved(ana, ref=f"B-{number}", starts_at=after(days=number), languages=languages)
    return preview(ana)


def ends() -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]], int, int, int]:
    """How the bookings, the work and the records stand."""
    bookings = Booking.objects.order_by("ref").values_list("ref", "state", "escalation_code")
    work = Assignment.objects.order_by("booking__ref", "pk")
    return (
        list(bookings),
        list(work.values_list("booking__ref", "interpreter__ref", "state")),
        Leave.objects.count(),
        Decision.objects.count(),
        AuditEvent.objects.count(),
    )


def test_an_absence_killed_after_a_statement_ends_as_it_was_shown() -> None:
    act = partial(apply, shown())
    counter = Counter()
    begun = AuditEvent.objects.count()
    with kept():
        with connection.execute_wrapper(counter):
            act()
        undisturbed = ends()
        assert undisturbed[1] == [
            ("B-1", "ANA", "withdrawn"),
            ("B-1", "BEN", "active"),
            ("B-2", "ANA", "withdrawn"),
            ("B-2", "BEN", "active"),
            ("B-3", "ANA", "withdrawn"),
        ]
        # begun and ended, the leave, two given away, one handed over
        assert undisturbed[-1] - begun == 6

        for number in deaths(kill_points(counter.count), act):
            done = act()

            assert (done.applied, done.stale, Run.objects.count()) == (3, (), 1), number
            assert ends() == undisturbed, number
            assert_sound()


def undo() -> Undone:
    """Undo the absence."""
    run = Run.objects.select_related("operation").order_by("pk")[0]
    return undo_run(run, now=NOW, actor=COMMAND, reason="She is well again.")


def test_the_undo_of_an_absence_killed_after_a_statement_is_finished_by_the_next() -> None:
    apply(shown())
    counter = Counter()
    begun = AuditEvent.objects.count()
    with kept():
        with connection.execute_wrapper(counter):
            undo()
        undisturbed = ends()
        assert undisturbed == (
            [("B-1", "approved", ""), ("B-2", "approved", ""), ("B-3", "waiting", NOBODY)],
            [
                ("B-1", "ANA", "withdrawn"),
                ("B-1", "BEN", "withdrawn"),
                ("B-1", "ANA", "active"),
                ("B-2", "ANA", "withdrawn"),
                ("B-2", "BEN", "withdrawn"),
                ("B-2", "ANA", "active"),
                ("B-3", "ANA", "withdrawn"),
            ],
            0,
            3,
            begun + 5,  # begun and ended, the leave, two given back
        )

        for number in deaths(kill_points(counter.count), undo):
            done = undo()

            assert (done.given, done.kept, done.leave) == (("B-1", "B-2"), (LACKING,), ""), number
            assert ends() == undisturbed, number
            assert_sound()
