"""Loading the sample: only into an empty database, through the same doors as an import."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command

from assignment.audit import COMMAND
from assignment.models import (
    Assignment,
    AuditEvent,
    Booking,
    DoNotSend,
    Interpreter,
    Leave,
    Team,
)
from pooling.sample.loading import Loaded, load_sample
from tests.assignment.imports.files import database_digest, make_person

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)


def load(*, bookings: int = 200, interpreters: int = 42) -> Loaded:
    return load_sample(
        bookings=bookings,
        interpreters=interpreters,
        seed=1,
        start=NOW.date(),
        now=NOW,
        actor=COMMAND,
    )


def test_loading_writes_what_it_counts() -> None:
    loaded = load()

    assert loaded.bookings == Booking.objects.count() == 200
    assert loaded.interpreters == Interpreter.objects.count() == 42
    assert loaded.teams == Team.objects.count() == 3
    assert loaded.leave == Leave.objects.count() == 21
    assert loaded.past == Booking.objects.filter(state="completed").count()
    assert loaded.gated == Booking.objects.filter(pool_status__isnull=False).count()
    assert loaded.gated == 200 - loaded.past
    assert DoNotSend.objects.count() == 6
    assert dict(Team.objects.values_list("ref", "time_zone")) == {
        "bangkok": "Asia/Bangkok",
        "tokyo": "Asia/Tokyo",
        "paris": "Europe/Paris",
    }


def test_past_bookings_have_their_people_and_an_audit_event() -> None:
    loaded = load()

    completed = Booking.objects.filter(state="completed")
    people = Assignment.objects.filter(state="completed")
    assert people.count() == Assignment.objects.count()
    needed = sum(completed.values_list("interpreters_needed", flat=True))
    assert people.count() == needed
    assert AuditEvent.objects.filter(action="complete").count() == loaded.past
    assert AuditEvent.objects.filter(action="created", object_type="booking").count() == 200


def test_refs_count_on_in_the_order_of_time() -> None:
    load()

    refs = list(Booking.objects.order_by("starts_at", "ends_at").values_list("ref", flat=True))
    assert sorted(refs) == [f"BK-{number:06}" for number in range(1, 201)]
    assert refs[0] == "BK-000001"
    assert set(Interpreter.objects.values_list("ref", flat=True)) == {
        f"IN-{number:03}" for number in range(1, 43)
    }


def test_a_database_that_holds_people_is_left_alone() -> None:
    make_person()
    before = database_digest()

    with pytest.raises(CommandError) as refusal:
        call_command("load_sample")

    assert refusal.value.returncode == 1
    assert str(refusal.value) == (
        "There are bookings or interpreters already: load the sample into an empty database."
    )
    assert database_digest() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--bookings", "-1"), "Ask for 0 to 1,000,000 bookings."),
        (("--interpreters", "2"), "Ask for 3 to 10,000 interpreters."),
        (("--start", "tomorrow"), "“tomorrow” is no date: write such as 2026-11-23."),
        (("--start", "1999-01-01"), "Start between 2000-03-01 and 2100-10-01."),
    ],
)
def test_sizes_that_make_no_sense_are_refused(arguments: tuple[str, str], message: str) -> None:
    before = database_digest()

    with pytest.raises(CommandError) as refusal:
        call_command("load_sample", *arguments)

    assert (refusal.value.returncode, str(refusal.value)) == (2, message)
    assert database_digest() == before


@pytest.mark.parametrize(("bookings", "interpreters"), [(0, 3), (1, 3), (60, 3), (10, 100)])
def test_every_size_has_as_many_bookings_as_asked_for(bookings: int, interpreters: int) -> None:
    loaded = load(bookings=bookings, interpreters=interpreters)

    assert loaded.bookings == Booking.objects.count() == bookings
    assert loaded.interpreters == interpreters


def test_the_command_answers_with_the_counts() -> None:
    out = io.StringIO()

    call_command(
        "load_sample", "--bookings", "50", "--json", "--now", "2026-11-23T06:00:00Z", stdout=out
    )

    answer = json.loads(out.getvalue())
    assert (answer["bookings"], answer["interpreters"], answer["teams"]) == (50, 42, 3)
    assert min(Booking.objects.filter(pool_status__isnull=False).values_list("starts_at")) > (NOW,)
