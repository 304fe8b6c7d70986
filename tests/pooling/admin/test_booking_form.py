"""Entering a booking: what is refused where, and what follows a save."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.models import Assignment, AuditEvent, Booking, BookingPerson
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.forms import ADD, errors_of, fields, split
from tests.pooling.admin.people import client_of, in_hours, waiting

pytestmark = pytest.mark.django_db


def test_a_new_booking_that_is_due_is_assigned_at_once() -> None:
    person = InterpreterFactory()

    answer = client_of("coordinator").post(ADD, fields(), follow=True)

    booking = Booking.objects.get(ref="B-1")
    assert (booking.state, booking.pool_status) == ("approved", None)
    assert Assignment.objects.get(booking=booking).interpreter == person
    told = [str(message) for message in answer.context["messages"]]
    assert f"B-1 is now: approved, given to {person.name}." in told


def test_a_new_booking_far_ahead_waits_in_the_pool() -> None:
    start = in_hours(24 * 40)
    later = fields(**split("starts_at", start), **split("ends_at", start + dt.timedelta(hours=1)))

    client_of("coordinator").post(ADD, later)

    assert Booking.objects.get(ref="B-1").pool_status == "waiting"


def test_a_booking_in_the_past_is_saved_with_a_warning() -> None:
    start = in_hours(-48)
    past = fields(**split("starts_at", start), **split("ends_at", start + dt.timedelta(hours=1)))

    answer = client_of("coordinator").post(ADD, past, follow=True)

    told = [(message.level_tag, str(message)) for message in answer.context["messages"]]
    text = "B-1 starts in the past, so nobody is assigned to it: correct the time, or cancel it."
    assert ("warning", text) in told
    assert Booking.objects.get(ref="B-1").escalation_code == "already_started"


def test_a_new_booking_that_nobody_can_do_needs_a_person() -> None:
    client_of("coordinator").post(ADD, fields())

    assert Booking.objects.get(ref="B-1").escalation_code == "no_interpreters"


def test_saving_is_an_audit_event_of_who_did_it() -> None:
    client_of("coordinator").post(ADD, fields())

    event = AuditEvent.objects.get(action="booking_created", object_ref="B-1")
    assert (event.actor, event.changes["title"]) == ("coordinator", [None, "Board meeting"])


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"ref": ""}, "ref", "This field is required."),
        (
            {"ref": "a b"},
            "ref",
            "Use letters, digits and . _ : / - only, beginning with a letter or digit.",
        ),
        (
            {"languages": "xx!"},
            "languages",
            "“xx!” is no language: write tags such as ja;th or pairs such as ja>th.",
        ),
        ({"languages": "ja>ja"}, "languages", "“ja>ja” goes from a language into itself."),
        (
            {"meeting_type": "DR"},
            "dr_type",
            "A DR booking needs a DR type: one of PR-PR, DR-k, DR-II, DR-I, Other.",
        ),
        ({"dr_type": "DR-I"}, "dr_type", "Only a DR booking has a DR type: leave it empty."),
        ({"meeting_type": "Other"}, "other_type", "Say in words what “Other” is."),
        ({"interpreters_needed": "21"}, "interpreters_needed", "Between 1 and 20 can be needed."),
        ({"title": "a\u202eb"}, "title", "Remove the invisible or control character U+202E."),
        ({"starts_at_0": "99999-01-01"}, "starts_at", "Enter a valid date."),
        ({"ends_at_0": "2026-13-01"}, "ends_at", "Enter a valid date."),
        (
            {"team": "999"},
            "team",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
    ],
)
def test_bad_input_is_named_at_its_field(changes: dict[str, str], field: str, message: str) -> None:
    answer = client_of("coordinator").post(ADD, fields(**changes))

    assert answer.status_code == 200
    assert message in errors_of(answer)[field]
    assert not Booking.objects.exists()


def test_an_end_before_the_start_and_more_than_a_day_are_refused() -> None:
    client, start = client_of("coordinator"), in_hours(48)

    early = client.post(ADD, fields(**split("ends_at", start - dt.timedelta(hours=1))))
    long = client.post(ADD, fields(**split("ends_at", start + dt.timedelta(hours=25))))

    assert "The booking must end after it starts." in errors_of(early)["ends_at"]
    assert "A booking lasts 24 hours at most: split it into several." in errors_of(long)["ends_at"]
    assert not Booking.objects.exists()


def test_a_ref_that_exists_is_refused() -> None:
    waiting(ref="B-1")

    answer = client_of("coordinator").post(ADD, fields())

    assert errors_of(answer)["ref"] == ["Booking with this Ref already exists."]


def test_naming_somebody_twice_against_oneself_is_refused() -> None:
    person = InterpreterFactory()
    people = {"people-TOTAL_FORMS": "2"}
    for number, kind in enumerate(("preferred", "excluded")):
        people |= {f"people-{number}-interpreter": str(person.pk), f"people-{number}-kind": kind}

    answer = client_of("coordinator").post(ADD, fields(**people))

    message = f"{person.ref} is both preferred and excluded: decide for one."
    assert message in answer.content.decode()
    assert not BookingPerson.objects.exists()


def test_a_limited_coordinator_enters_bookings_of_their_teams_alone() -> None:
    client = client_of("coordinator")
    mine, other = TeamFactory(), TeamFactory()
    mine.staff.add(client.session["_auth_user_id"])

    none = client.post(ADD, fields())
    foreign = client.post(ADD, fields(team=str(other.pk)))
    client.post(ADD, fields(team=str(mine.pk)))

    assert errors_of(none)["team"] == [
        "Choose one of your teams: you cannot see bookings of no team."
    ]
    assert "team" in errors_of(foreign)
    assert Booking.objects.get().team == mine
