"""The best open bookings for a person, in order and with reasons."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.models import Booking, BookingPerson, Interpreter
from pooling.openings import Openings, openings_for
from tests.factories.bookings import (
    NOW,
    BookingFactory,
    EscalatedFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


def found(person: Interpreter) -> Openings:
    """Her best open bookings now."""
    return openings_for(person, bookings=Booking.objects.all(), now=NOW)


def test_every_open_booking_of_any_state_is_looked_at() -> None:
    ana = InterpreterFactory.create()
    for name, factory in (
        ("waiting", WaitingFactory),
        ("ready", ReadyFactory),
        ("failed", FailedFactory),
        ("escalated", EscalatedFactory),
        ("ungated", BookingFactory),
        ("held", ProcessingFactory),
    ):
        factory.create(ref=name)
    ReadyFactory.create(ref="begun", starts_at=NOW, pool_deadline_time=NOW)
    approved(InterpreterFactory.create(), ref="given")

    rows = found(ana)

    assert sorted(row.booking.ref for row in rows.able) == [
        "escalated",
        "failed",
        "ready",
        "ungated",
        "waiting",
    ]
    assert (rows.looked_at, rows.all_of_them, rows.nearly) == (5, True, ())


def test_the_best_comes_first_place_then_fairness_then_deadline() -> None:
    # Ana 0 h, Ben 4 h: the share is 2 h each, so two hours bring her there, three 1 h beyond
    ana = InterpreterFactory.create(ref="ANA")
    ben = InterpreterFactory.create(ref="BEN")
    approved(ben, starts_at=after(days=-3), hours_long=4.0)
    ReadyFactory.create(ref="B-1", starts_at=after(days=3), hours_long=1.0)
    ReadyFactory.create(ref="B-2", starts_at=after(days=2), hours_long=2.0)
    ReadyFactory.create(ref="B-3", starts_at=after(days=2), hours_long=3.0)
    for_ben = ReadyFactory.create(ref="B-4", starts_at=after(days=4), hours_long=2.0)
    BookingPerson.objects.create(booking=for_ben, interpreter=ben, kind="preferred")

    rows = found(ana)

    # B-4: by 4 h and by idle time Ben is 0.96 + 0.27 points behind, being preferred gives him 0.5
    assert [(row.booking.ref, row.words) for row in rows.able] == [
        ("B-2", "Place 1 of 2; 2.00 h nearer to the fair share."),
        ("B-4", "Place 1 of 2; 2.00 h nearer to the fair share."),
        ("B-3", "Place 1 of 2; 1.00 h nearer to the fair share."),
        ("B-1", "Place 1 of 2; 1.00 h nearer to the fair share."),
    ]
    assert [(row.booking.ref, row.words) for row in found(ben).able] == [
        ("B-1", "Place 2 of 2; 1.00 h further from the fair share."),
        ("B-2", "Place 2 of 2; 2.00 h further from the fair share."),
        ("B-4", "Place 2 of 2; 2.00 h further from the fair share."),
        ("B-3", "Place 2 of 2; 3.00 h further from the fair share."),
    ]


def test_what_fails_exactly_one_rule_is_told_with_its_cure() -> None:
    ana = InterpreterFactory.create(ref="ANA")
    InterpreterFactory.create(ref="BEN", languages="ja;th;fr")
    approved(ana, ref="B-0", starts_at=after(days=5))
    LeaveFactory.create(interpreter=ana, starts_at=after(days=8), ends_at=after(days=9))
    ReadyFactory.create(ref="B-1", starts_at=after(days=5))
    ReadyFactory.create(ref="B-2", starts_at=after(days=6), languages="fr")
    ReadyFactory.create(ref="B-3", starts_at=after(days=8), languages="fr")

    rows = found(ana)

    assert rows.able == ()
    assert [
        (row.booking.ref, row.rule, row.reason, row.cure, row.place, row.of) for row in rows.nearly
    ] == [
        (
            "B-1",
            "overlap",
            "Is busy with B-0 from 06:00 to 07:00 UTC.",
            "Give B-0 to somebody else, or move one of the two.",
            2,
            2,
        ),
        (
            "B-2",
            "languages",
            "Does not have: fr.",
            "Add fr to the languages of the person, if that is true.",
            2,
            2,
        ),
    ]


def test_it_writes_nothing_and_costs_the_same_for_few_and_many(
    django_assert_num_queries: Any,
) -> None:
    ana = InterpreterFactory.create()
    for count in (1, 60):
        for _ in range(count):
            InterpreterFactory.create()
            ReadyFactory.create()
        before = digest()
        with django_assert_num_queries(14):
            rows = found(ana)
        assert digest() == before
    assert len(rows.able) == 40
