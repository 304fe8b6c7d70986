"""Reading facts from the tables: what counts, from when, and with how many queries."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignment.engine.accounts import load_ledger
from assignment.engine.facts import DrService
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.people import CLOSED, load_people
from assignment.engine.shares import Account
from assignment.enums import PersonKind
from assignment.models import Booking, BookingPerson, DoNotSend, Interpreter, LedgerAdjustment
from assignment.policies import DEFAULT
from assignment.working_hours import parse_hours
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after, approved
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory

pytestmark = pytest.mark.django_db

WINDOW = dt.timedelta(days=30)


def accounts() -> dict[str, Account]:
    """The accounts in a window of 30 days, by ref."""
    ledger = load_ledger(
        window_start=NOW - WINDOW,
        policy=DEFAULT,
        people=lambda: load_people(first=NOW, last=NOW),
        with_last_start=True,
    )
    found = ledger.accounts
    return {row.ref: found[row.pk] for row in Interpreter.objects.all()}


def adjust(person: Interpreter, minutes: int, *, days: float) -> None:
    """Give (or take) minutes so many days from NOW."""
    LedgerAdjustment.objects.create(
        interpreter=person,
        minutes=minutes,
        kind="credit",
        effective_at=after(days=days),
        reason="Test",
    )


def test_account_counts_work_that_starts_after_the_edge_of_the_window() -> None:
    inside, edge = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    approved(inside, starts_at=NOW - WINDOW + dt.timedelta(seconds=1), hours_long=1.5)
    approved(edge, starts_at=NOW - WINDOW, hours_long=1.5)

    assert accounts() == {
        "A": Account(seconds=5400, last_start=NOW - WINDOW + dt.timedelta(seconds=1)),
        "B": Account(seconds=0, last_start=NOW - WINDOW),
    }


def test_account_includes_the_future_and_the_idle() -> None:
    busy, _ = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    approved(busy, starts_at=after(days=400), hours_long=24)
    approved(busy, starts_at=after(days=-1), hours_long=0.25)

    assert accounts() == {
        "A": Account(seconds=87_300, last_start=after(days=400)),
        "B": Account(),
    }


@pytest.mark.parametrize(
    ("state", "seconds"),
    [("active", 3600), ("completed", 3600), ("withdrawn", 0), ("cancelled", 0)],
)
def test_account_counts_active_and_completed_work_alone(state: str, seconds: int) -> None:
    person = InterpreterFactory(ref="A")
    AssignmentFactory(interpreter=person, state=state)

    last = after(days=1) if seconds else None
    assert accounts() == {"A": Account(seconds=seconds, last_start=last)}


def test_account_adds_adjustments_that_took_effect_inside_the_window() -> None:
    person = InterpreterFactory(ref="A")
    approved(person, hours_long=1)
    adjust(person, 90, days=-29)
    adjust(person, -20, days=3)
    adjust(person, 600, days=-30)

    assert accounts()["A"] == Account(
        seconds=3600 + 70 * 60, posted=70 * 60, last_start=after(days=1)
    )


def test_account_counts_every_position_of_its_person() -> None:
    first, second = InterpreterFactory(ref="A"), InterpreterFactory(ref="B")
    booking = approved(first, interpreters_needed=2)
    AssignmentFactory(booking=booking, interpreter=second, position=2)

    assert [row.seconds for row in accounts().values()] == [3600, 3600]


def test_request_carries_people_open_positions_and_the_buffer_of_the_team() -> None:
    team = TeamFactory(buffer_minutes=20)
    people = InterpreterFactory.create_batch(5)
    booking = BookingFactory(team=team, interpreters_needed=3, owner="Ms Sato", languages="th;ja")
    kinds = ("preferred", "excluded", "declined", "pinned")
    for person, kind in zip(people, kinds, strict=False):
        BookingPerson.objects.create(booking=booking, interpreter=person, kind=kind)
    AssignmentFactory(booking=booking, interpreter=people[4], position=2)

    (found,) = load_requests([booking])

    ids = [person.pk for person in people]
    assert (found.preferred, found.excluded, found.declined, found.pinned) == (
        frozenset({ids[0]}),
        frozenset({ids[1]}),
        frozenset({ids[2]}),
        (ids[3],),
    )
    assert (found.positions, found.needed) == ((1, 3), 2)
    assert found.buffer == dt.timedelta(minutes=20)
    assert found.needs.languages == ("ja", "th")


@pytest.mark.parametrize(("own", "minutes"), [(None, 20), (0, 0), (45, 45)])
def test_buffer_of_the_booking_comes_before_that_of_the_team(own: int | None, minutes: int) -> None:
    booking = BookingFactory(team=TeamFactory(buffer_minutes=20), buffer_minutes=own)

    assert load_requests([booking])[0].buffer == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("state", ["withdrawn", "cancelled"])
def test_position_that_was_given_back_is_open(state: str) -> None:
    booking = BookingFactory()
    AssignmentFactory(booking=booking, state=state)

    assert load_requests([booking])[0].positions == (1,)


def test_pin_that_is_bound_is_fulfilled() -> None:
    booking = BookingFactory(interpreters_needed=2)
    pinned = AssignmentFactory(booking=booking, position=1).interpreter
    BookingPerson.objects.create(booking=booking, interpreter=pinned, kind=PersonKind.PINNED)

    (found,) = load_requests([booking])
    (unbound,) = load_requests([booking], as_if_unbound=True)

    assert (found.positions, found.pinned) == ((2,), ())
    assert (unbound.positions, unbound.pinned) == ((1, 2), (pinned.pk,))


def test_facts_hold_people_by_ref_with_leave_zone_and_active_team() -> None:
    paris = TeamFactory(time_zone="Europe/Paris")
    closed = TeamFactory(active=False)
    second = InterpreterFactory(ref="B", team=paris, weight="0.50", hours="Mon 08:00-09:00")
    InterpreterFactory(ref="A", team=paris, time_zone="Asia/Tokyo")
    InterpreterFactory(ref="C", team=closed)
    InterpreterFactory(ref="D", active=False)
    LeaveFactory(interpreter=second, starts_at=after(days=1), ends_at=after(days=2))
    LeaveFactory(interpreter=second, starts_at=after(days=-2), ends_at=after(days=1))

    found = facts_of(BookingFactory()).people

    assert [(row.ref, row.active, row.zone.key, row.weight) for row in found] == [
        ("A", True, "Asia/Tokyo", 1.0),
        ("B", True, "Europe/Paris", 0.5),
        ("C", False, "UTC", 1.0),
        ("D", False, "UTC", 1.0),
    ]
    assert found[1].shifts == parse_hours("Mon 08:00-09:00")
    assert found[1].leave == ((after(days=1), after(days=2)),)


@pytest.mark.parametrize(
    "fields", [{"hours": "whenever"}, {"time_zone": "Mars/Base"}, {"time_zone": "../UTC"}]
)
def test_hours_that_cannot_be_read_close_their_person_alone(fields: dict[str, Any]) -> None:
    InterpreterFactory(**{"ref": "A", "hours": "Mon 08:00-09:00"} | fields)
    InterpreterFactory(ref="B")

    broken, sound = facts_of(BookingFactory()).people

    assert (broken.shifts, broken.zone) == (CLOSED, ZoneInfo("UTC"))
    assert sound.shifts == ()


def test_facts_hold_the_dr_history_of_the_window_before_the_first_dr() -> None:
    person, other = InterpreterFactory(), InterpreterFactory()
    start = after(days=1)
    pair = approved(
        person, meeting_type="DR", starts_at=start - WINDOW, interpreters_needed=2, ref="D1"
    )
    AssignmentFactory(booking=pair, interpreter=other, position=2)
    second = dt.timedelta(seconds=1)
    approved(person, meeting_type="DR", starts_at=start - WINDOW - second, hours_long=1 / 3600)
    approved(person, meeting_type="VIP", starts_at=after())
    withdrawn = BookingFactory(meeting_type="DR", starts_at=after(hours=2))
    AssignmentFactory(booking=withdrawn, interpreter=person, state="withdrawn")
    asked = BookingFactory(meeting_type="DR", starts_at=start)

    assert facts_of(asked).dr_history == [
        DrService(
            starts_at=start - WINDOW, booking_ref="D1", people=frozenset({person.pk, other.pk})
        )
    ]
    assert facts_of(BookingFactory()).dr_history == []


def test_facts_hold_the_do_not_send_of_the_owners_asked_for() -> None:
    first, second = InterpreterFactory(), InterpreterFactory()
    for owner, person in (("Ms Sato", first), ("Ms Sato", second), ("Mr Bo", first)):
        DoNotSend.objects.create(owner=owner, interpreter=person)

    found = facts_of(BookingFactory(owner="Ms Sato")).do_not_send

    assert found == {"Ms Sato": frozenset({first.pk, second.pk})}


def test_facts_leave_out_the_work_for_one_booking_when_asked() -> None:
    person = InterpreterFactory()
    own = approved(person)
    approved(person, starts_at=after(days=2), ref="OTHER")
    requests = load_requests([own])

    found = load_facts(requests, now=NOW, window_days=30, without_booking=own.pk)

    assert [row.booking_ref for row in found.work[person.pk]] == ["OTHER"]


@pytest.mark.parametrize("count", [1, 10, 50])
def test_loading_takes_the_same_few_queries_whatever_the_size(count: int) -> None:
    team = TeamFactory()
    for number in range(count):
        person = InterpreterFactory(team=team)
        LeaveFactory(interpreter=person, starts_at=after(days=1), ends_at=after(days=2))
        DoNotSend.objects.create(owner="Ms Sato", interpreter=person)
        approved(person, meeting_type="DR", starts_at=after(hours=-number))
        adjust(person, 5, days=0)
        asked = BookingFactory(team=team, meeting_type="DR", owner="Ms Sato")
        BookingPerson.objects.create(booking=asked, interpreter=person, kind="preferred")

    with CaptureQueriesContext(connection) as queries:
        rows = Booking.objects.filter(state="waiting").select_related("team")
        requests = load_requests(rows)
        found = load_facts(requests, now=NOW, window_days=30)

    assert (len(requests), len(found.people), len(found.work)) == (count, count, count)
    # The bookings, their people, their positions; then people, leave, work, last starts,
    # hours, adjustments, leave in the window, calibration, DR history, do-not-send.
    assert len(queries) == 11


def facts_of(booking: Booking) -> Any:
    """The facts for deciding one booking in a window of 30 days."""
    return load_facts(load_requests([booking]), now=NOW, window_days=30)
