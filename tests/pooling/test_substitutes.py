"""Who else could take a booking, ranked as it would be decided now."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from assignment.models import BookingPerson
from pooling.substitutes import Substitutes, substitutes
from tests.factories.bookings import (
    NOW,
    AssignmentFactory,
    BookingFactory,
    ReadyFactory,
    after,
    approved,
)
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


def refs(found: Substitutes) -> tuple[list[str], list[str], list[str]]:
    """Who could, who cannot, and who has it."""
    return (
        [row.interpreter for row in found.able],
        [row.interpreter for row in found.unable],
        [row.interpreter.ref for row in found.present],
    )


def test_all_others_are_ranked_for_the_place_of_who_has_it() -> None:
    booking = approved(InterpreterFactory.create(ref="ANA"))
    approved(InterpreterFactory.create(ref="BEN"), starts_at=after(days=3), hours_long=2.0)
    InterpreterFactory.create(ref="CEM")
    away = InterpreterFactory.create(ref="DEE")
    LeaveFactory.create(interpreter=away, starts_at=NOW, ends_at=after(days=9))
    before = digest()

    found = substitutes(booking, now=NOW)

    assert refs(found) == (["CEM", "BEN"], ["DEE"], ["ANA"])
    # 2 h of 5 h are 1.2 * 0.4 points of fairness, the last work lies ahead: 0.3 points more
    assert [row.reason for row in found.able] == [
        "Place 1, 0.780 points ahead of the best of the others.",
        "Place 2, 0.780 points behind the last chosen.",
    ]
    assert found.unable[0].reason == "Is on leave from 2026-11-23 06:00 to 2026-12-02 06:00 UTC."
    assert found.unable[0].cure == (
        "End or shorten the leave from 2026-11-23 06:00 to 2026-12-02 06:00 UTC."
    )
    assert found.needed == 1
    assert digest() == before


def test_of_an_open_booking_all_are_ranked_for_what_is_open() -> None:
    for ref in ("ANA", "BEN", "CEM"):
        InterpreterFactory.create(ref=ref)

    found = substitutes(ReadyFactory.create(interpreters_needed=2), now=NOW)

    assert sorted(refs(found)[0]) == ["ANA", "BEN", "CEM"]
    assert (found.needed, found.present, found.unable) == (2, (), ())
    assert [row.verdict for row in found.able] == ["chosen", "chosen", "outranked"]


def test_in_the_place_of_a_pinned_person_the_others_are_asked_freely() -> None:
    ana = InterpreterFactory.create(ref="ANA")
    booking = approved(ana)
    BookingPerson.objects.create(booking=booking, interpreter=ana, kind="pinned")
    InterpreterFactory.create(ref="BEN")

    assert refs(substitutes(booking, now=NOW)) == (["BEN"], [], ["ANA"])


def test_of_a_booking_for_two_both_stay_busy_with_it() -> None:
    booking = BookingFactory.create(interpreters_needed=2, state="approved")
    for position, ref in enumerate(("ANA", "BEN"), 1):
        person = InterpreterFactory.create(ref=ref)
        AssignmentFactory.create(booking=booking, interpreter=person, position=position)
    InterpreterFactory.create(ref="CEM")

    assert refs(substitutes(booking, now=NOW)) == (["CEM"], [], ["ANA", "BEN"])


def test_the_command_tells_the_same() -> None:
    booking = approved(InterpreterFactory.create(ref="ANA"), ref="B-1")
    InterpreterFactory.create(ref="BEN")
    InterpreterFactory.create(ref="CEM", languages="fr")
    text, as_json = StringIO(), StringIO()
    command = ("explain", booking.ref, "--substitutes", f"--now={NOW.isoformat()}")

    call_command(*command, stdout=text)
    call_command(*command, "--json", stdout=as_json)

    assert text.getvalue().splitlines() == [
        "B-1: 1 could take it, 1 needed.",
        "  1  BEN          Nobody else could take it.",
        "  -  CEM          Does not have: ja, th. Add ja, th to the languages of the person, if "
        "that is true.",
    ]
    data = json.loads(as_json.getvalue())
    assert (data["booking"], data["needed"], data["present"]) == ("B-1", 1, ["ANA"])
    assert [(row["interpreter"], row["verdict"]) for row in data["candidates"]] == [
        ("BEN", "chosen"),
        ("CEM", "rejected"),
    ]


def test_it_costs_the_same_for_few_and_many(django_assert_num_queries: Any) -> None:
    booking = approved(InterpreterFactory.create())
    for count in (1, 20):
        for _ in range(count):
            approved(InterpreterFactory.create(), starts_at=after(days=4))
        with django_assert_num_queries(14):
            substitutes(booking, now=NOW)
