"""Entering and editing a booking: nothing stale, no pool column, what follows a save."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Booking, BookingPerson
from pooling import pool
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.pooling.admin.people import client_of, escalated, in_hours, processing, ready, waiting

pytestmark = pytest.mark.django_db

ADD = "/admin/assignment/booking/add/"


def split(name: str, moment: dt.datetime) -> dict[str, str]:
    """An instant as the two fields of the form, in the display time zone."""
    local = timezone.localtime(moment)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"}


def fields(**changes: Any) -> dict[str, str]:
    """A valid form for a new booking in two days."""
    start = in_hours(48)
    sent = {
        "ref": "B-1",
        "title": "Board meeting",
        "meeting_type": "VIP",
        "dr_type": "",
        "other_type": "",
        "languages": "ja;th",
        "skills": "",
        "interpreters_needed": "1",
        "buffer_minutes": "",
        "team": "",
        "owner": "",
        "group": "",
        "room": "",
        "tenant": "",
        **split("starts_at", start),
        **split("ends_at", start + dt.timedelta(hours=1)),
        "people-TOTAL_FORMS": "0",
        "people-INITIAL_FORMS": "0",
    }
    return sent | changes


def opened(client: Client, booking: Booking) -> dict[str, str]:
    """What the browser holds after opening the page of a booking."""
    form = client.get(page_of(booking)).context["adminform"].form
    mark = form.initial["opened"]
    return fields(
        title=booking.title,
        meeting_type=booking.meeting_type,
        languages=booking.languages,
        opened=mark,
        **split("starts_at", booking.starts_at),
        **split("ends_at", booking.ends_at),
    )


def page_of(booking: Booking) -> str:
    """The address of a booking's page."""
    return reverse("admin:assignment_booking_change", args=(booking.pk,))


def errors_of(answer: Any) -> dict[str, list[str]]:
    """The messages of a form that was refused."""
    return dict(answer.context["adminform"].form.errors)


def test_a_new_booking_that_is_due_is_assigned_at_once() -> None:
    person = InterpreterFactory()

    answer = client_of("coordinator").post(ADD, fields(), follow=True)

    booking = Booking.objects.get(ref="B-1")
    assert (booking.state, booking.pool_status) == ("approved", None)
    assert Assignment.objects.get(booking=booking).interpreter == person
    assert "B-1 is now: approved." in [str(message) for message in answer.context["messages"]]


def test_a_new_booking_far_ahead_waits_in_the_pool() -> None:
    start = in_hours(24 * 40)
    later = fields(**split("starts_at", start), **split("ends_at", start + dt.timedelta(hours=1)))

    client_of("coordinator").post(ADD, later)

    assert Booking.objects.get(ref="B-1").pool_status == "waiting"


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


def test_an_edit_writes_its_fields_and_the_next_version_and_no_pool_column() -> None:
    client, booking = client_of("coordinator"), waiting()
    sent = opened(client, booking) | {"title": "New title", "room": "7"}
    Booking.objects.filter(pk=booking.pk).update(pool_last_error="kept")

    client.post(page_of(booking), sent)

    booking.refresh_from_db()
    assert (booking.title, booking.room, booking.version) == ("New title", "7", 2)
    assert (booking.pool_status, booking.pool_last_error) == ("waiting", "kept")
    event = AuditEvent.objects.get(action="booking_changed")
    assert event.changes["room"] == ["", "7"]


def test_an_edit_of_an_old_page_is_refused_and_says_who_changed_what() -> None:
    first, second = client_of("coordinator"), client_of("lead")
    booking = waiting()
    old = opened(first, booking)
    second.post(page_of(booking), opened(second, booking) | {"room": "9"})

    answer = first.post(page_of(booking), old | {"room": "7"})

    message = errors_of(answer)["__all__"][0]
    assert message.startswith("It was changed since you opened it: lead, ")
    assert "booking changed (room)" in message
    booking.refresh_from_db()
    assert (booking.room, booking.version) == ("9", 2)


def test_an_edit_of_what_the_engine_assigned_meanwhile_is_refused() -> None:
    client, booking = client_of("coordinator"), ready()
    old = opened(client, booking)
    pool.close(
        Booking.objects.filter(pk=booking.pk),
        state="cancelled",
        actor=COMMAND,
        action="cancel",
        reason="Called off.",
    )

    answer = client.post(page_of(booking), old | {"title": "Late"})

    booking.refresh_from_db()
    assert answer.status_code == 403
    assert (booking.title, booking.state) == (f"Meeting {booking.ref}", "cancelled")


def test_an_assignment_between_opening_and_saving_is_noticed() -> None:
    client, booking = client_of("coordinator"), ready()
    old = opened(client, booking)
    Booking.objects.filter(pk=booking.pk).update(
        state="approved", pool_status=None, pool_entry_time=None, pool_deadline_time=None
    )

    answer = client.post(page_of(booking), old | {"title": "Late"})

    assert errors_of(answer)["__all__"] == [
        "It was changed since you opened it. Open the page again and repeat your change."
    ]


def test_moving_an_assigned_booking_into_a_clash_takes_it_back_to_the_pool() -> None:
    person, client = InterpreterFactory(), client_of("coordinator")
    moved = approved(person, starts_at=in_hours(72))
    other = approved(person, starts_at=in_hours(48))

    client.post(
        page_of(moved),
        opened(client, moved)
        | split("starts_at", other.starts_at)
        | split("ends_at", other.ends_at),
    )

    moved.refresh_from_db()
    assert (moved.state, moved.pool_status) == ("waiting", "ready")
    assert Assignment.objects.get(booking=moved).state == "withdrawn"


def test_moving_a_booking_before_its_old_deadline_gates_it_again() -> None:
    client, booking = client_of("coordinator"), waiting()
    start = in_hours(30)

    client.post(
        page_of(booking),
        opened(client, booking)
        | split("starts_at", start)
        | split("ends_at", start + dt.timedelta(hours=1)),
    )

    booking.refresh_from_db()
    assert (booking.starts_at, booking.pool_status) == (start, "ready")


def test_what_the_database_refuses_is_a_form_error() -> None:
    client, booking = client_of("coordinator"), processing(pool_deadline_time=in_hours(40))
    start = in_hours(20)

    answer = client.post(
        page_of(booking),
        opened(client, booking)
        | split("starts_at", start)
        | split("ends_at", start + dt.timedelta(hours=1)),
    )

    assert answer.status_code == 200
    assert "The database refused this" in errors_of(answer)["__all__"][0]


def test_naming_somebody_twice_against_oneself_is_refused() -> None:
    person = InterpreterFactory()
    people = {"people-TOTAL_FORMS": "2"}
    for number, kind in enumerate(("preferred", "excluded")):
        people |= {f"people-{number}-interpreter": str(person.pk), f"people-{number}-kind": kind}

    answer = client_of("coordinator").post(ADD, fields(**people))

    message = f"{person.ref} is both preferred and excluded: decide for one."
    assert message in answer.content.decode()
    assert not BookingPerson.objects.exists()


def test_an_escalated_booking_that_is_changed_goes_through_the_gate_again() -> None:
    InterpreterFactory(languages="en;fr")
    client, booking = client_of("coordinator"), escalated()

    client.post(page_of(booking), opened(client, booking) | {"languages": "en;FR"})

    booking.refresh_from_db()
    assert (booking.languages, booking.escalated_at, booking.pool_status) == (
        "en;fr",
        None,
        "ready",
    )


@pytest.mark.parametrize("state", ["completed", "cancelled"])
def test_what_is_over_cannot_be_edited(state: str) -> None:
    client = client_of("superuser")
    booking = approved(InterpreterFactory(), starts_at=in_hours(-48))
    Booking.objects.filter(pk=booking.pk).update(state=state)

    assert client.post(page_of(booking), fields(title="x")).status_code == 403
    assert b'name="title"' not in client.get(page_of(booking)).content


def test_a_forged_pool_column_is_ignored() -> None:
    client, booking = client_of("superuser"), waiting()
    forged = {"pool_status": "failed", "state": "approved", "version": "99", "ref": "OTHER"}

    client.post(page_of(booking), opened(client, booking) | forged)

    now = Booking.objects.get(pk=booking.pk)
    assert (now.pool_status, now.state, now.version, now.ref) == (
        "waiting",
        "waiting",
        2,
        booking.ref,
    )


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
