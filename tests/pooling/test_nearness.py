"""Where somebody would stand once the one thing is lifted, and what a person is told of it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling.nearness import places_if_cured
from pooling.sweep import sweep
from tests.factories.bookings import NOW, BookingFactory, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory

pytestmark = pytest.mark.django_db


def decided() -> Booking:
    """A booking that Ana got; Ben is busy, Cem is away and lacks a language, Dee has more hours."""
    ana = InterpreterFactory.create(ref="ANA")
    approved(ana, ref="B-0", starts_at=after(days=-3))
    approved(InterpreterFactory.create(ref="BEN"), ref="B-8", starts_at=after(days=1))
    cem = InterpreterFactory.create(ref="CEM", languages="fr")
    LeaveFactory.create(interpreter=cem, starts_at=NOW, ends_at=after(days=9))
    approved(InterpreterFactory.create(ref="DEE"), starts_at=after(days=9), hours_long=4.0)
    booking: Booking = ReadyFactory.create(ref="B-1")
    sweep(now=NOW, slot="s", actor=COMMAND)
    return booking


def asked(ref: str, *options: str) -> Any:
    """What the command says about one person."""
    out = StringIO()
    call_command(
        "explain",
        "B-1",
        "--interpreter",
        ref,
        "--json",
        f"--now={NOW.isoformat()}",
        *options,
        stdout=out,
    )
    (row,) = json.loads(out.getvalue())["candidates"]
    return row["verdict"], row["cure"], row["then"]


def test_the_command_tells_the_cure_and_where_it_would_lead() -> None:
    decided()

    assert asked("ANA") == (
        "chosen",
        "Nothing: this decision gave it to them.",
        "As things stand now: place 1 of 2, and so it would be theirs.",
    )
    assert asked("BEN") == (
        "rejected",
        "Give B-8 to somebody else, or move one of the two.",
        "With that lifted, as things stand now (busy with other work): place 1 of 3, and so it "
        "would be theirs.",
    )
    assert asked("CEM") == (
        "rejected",
        "Add ja, th to the languages of the person, if that is true.",
        "As things stand now: without the languages, on leave.",
    )


def test_who_was_outranked_is_told_the_points_in_the_readable_answer_too() -> None:
    decided()
    out = StringIO()

    call_command("explain", "B-1", "--interpreter", "DEE", f"--now={NOW.isoformat()}", stdout=out)

    # 4 h against 1 h: 3 h are 1.2 * 3 / 5 = 0.72; least recently served: Ana 3 days of 30
    assert out.getvalue().splitlines()[-2:] == [
        "     what would have to change: 0.750 points more, such as by a preference of the "
        "booking; fewer hours alone are not enough.",
        "     As things stand now: place 2 of 2.",
    ]


def test_it_costs_the_same_for_one_and_for_many(django_assert_num_queries: Any) -> None:
    booking = BookingFactory.create(meeting_type="DR")
    refs = [InterpreterFactory.create().ref for _ in range(20)]

    for few in (refs[:1], refs):
        with django_assert_num_queries(11):
            assert len(places_if_cured(booking, refs=few, now=NOW)) == len(few)
