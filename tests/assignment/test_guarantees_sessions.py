"""What the database refuses about sessions and the work for them, whatever code writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from assignment.models import Assignment, Session, SessionDecision
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> dict[str, Any]:
    """A chat in lane 0 from NOW to ten minutes later, written past all code of ours."""
    person = InterpreterFactory.create()
    session = SessionFactory.create(team=TeamFactory.create())
    fields: dict[str, Any] = {
        "interpreter": person,
        "session": session,
        "starts_at": NOW,
        "ends_at": after(minutes=10),
        "lane_from": 0,
        "lane_to": 0,
    }
    Assignment.objects.create(**fields)
    return fields


def refused(**fields: Any) -> str:
    """Write an assignment that must be refused; return what the database said."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Assignment.objects.create(**fields)
    return str(caught.value)


def another(work: dict[str, Any]) -> Session:
    """Another session of the same team."""
    session: Session = SessionFactory.create(team=work["session"].team)
    return session


def test_the_same_lane_holds_one_session_at_a_time(work: dict[str, Any]) -> None:
    assert "no_double_booking" in refused(**work | {"session": another(work)})


def test_another_lane_and_a_later_time_are_free(work: dict[str, Any]) -> None:
    Assignment.objects.create(**work | {"session": another(work), "lane_from": 1, "lane_to": 1})
    later = {"starts_at": after(minutes=10), "ends_at": after(minutes=20)}
    Assignment.objects.create(**work | {"session": another(work)} | later)

    assert Assignment.objects.count() == 3


def test_a_call_and_a_booking_need_every_lane(work: dict[str, Any]) -> None:
    whole = {"lane_from": 0, "lane_to": 99}
    assert "no_double_booking" in refused(**work | {"session": another(work)} | whole)
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=5))
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        AssignmentFactory.create(booking=booking, interpreter=work["interpreter"])


def test_completed_work_for_a_session_still_blocks_its_lane(work: dict[str, Any]) -> None:
    Assignment.objects.update(state="completed")

    assert "no_double_booking" in refused(**work | {"session": another(work)})


def test_a_session_has_one_active_assignment(work: dict[str, Any]) -> None:
    other = {"interpreter": InterpreterFactory.create()}

    assert "session" in refused(**work | other)
    Assignment.objects.update(state="completed")
    Assignment.objects.create(**work | other)


def test_work_is_for_a_booking_or_for_a_session(work: dict[str, Any]) -> None:
    free = {"starts_at": after(hours=5), "ends_at": after(hours=6)}

    assert "assignment_one_purpose" in refused(**work | {"session": None} | free)
    both = {"session": another(work), "booking": BookingFactory.create()}
    assert "assignment_one_purpose" in refused(**work | both | free)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "assigned"},
        {"state": "accepted", "assigned_at": NOW},
        {"state": "unassigned", "assigned_at": NOW},
        {"state": "resolved"},
        {"state": "gone"},
        {"priority": 0},
        {"channel": "letter"},
    ],
    ids=str,
)
def test_a_session_that_contradicts_itself_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionFactory.create(team=TeamFactory.create(), **fields)


def test_a_session_and_a_desk_have_an_owner() -> None:
    with pytest.raises(IntegrityError, match="session_of_team_or_tenant"), transaction.atomic():
        SessionFactory.create()
    with pytest.raises(IntegrityError, match="desk_of_team_or_tenant"), transaction.atomic():
        DeskFactory.create(team=None)


def test_a_decision_about_a_session_is_never_changed_or_deleted(work: dict[str, Any]) -> None:
    decision = SessionDecision.objects.create(
        session=work["session"],
        caller="queue",
        outcome="stop",
        record=b"x",
        decided_at=NOW,
        decided_by="clock",
    )
    for attempt in (
        lambda: SessionDecision.objects.update(outcome="assign"),
        lambda: SessionDecision.objects.filter(pk=decision.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            attempt()


@pytest.mark.sqlite_only
def test_an_instant_of_a_session_has_one_text() -> None:
    session = SessionFactory.create(team=TeamFactory.create())
    with (
        pytest.raises(IntegrityError, match="instants_canonical"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE assignment_session SET requested_at = '2026-11-23T06:00:00' WHERE id = %s",
            [session.pk],
        )
    assert session.requested_at - NOW == dt.timedelta()
