"""What can be done to a session: once a message, audited, and with the queue served after it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ObjectDoesNotExist

from assignment import sessions
from assignment.audit import COMMAND
from assignment.errors import InputError, RefusedError
from assignment.ledger import fairness
from assignment.models import (
    Assignment,
    AuditEvent,
    AvailabilityChange,
    Desk,
    Presence,
    Session,
    SessionDecision,
    Tenant,
)
from assignment.policies import current_policy
from tests.assignment.sessions.doing import actions, desk_with_two, holder, requested
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after
from tests.factories.people import TeamFactory
from tests.factories.sessions import DeskFactory, online

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def desk() -> Desk:
    """A desk with A and B online."""
    return desk_with_two()


def test_a_request_is_served_at_once(desk: Desk) -> None:
    session = requested(desk)

    assert (session.state, holder()) == ("assigned", "A")
    assert actions() == ["session_request", "session_assign"]
    assert SessionDecision.objects.get().caller == "request"


def test_a_repeated_request_makes_one_session(desk: Desk) -> None:
    first = requested(desk, key="message-1")
    again = requested(desk, key="message-1")

    assert first.pk == again.pk
    assert actions() == ["session_request", "session_assign"]


def test_a_key_that_was_used_for_another_request_is_refused(desk: Desk) -> None:
    requested(desk, key="message-1")

    with pytest.raises(RefusedError, match="with a new key"):
        requested(desk, "other", key="message-1")
    assert Session.objects.count() == 1


def test_a_wrong_request_says_what_to_do_and_writes_nothing() -> None:
    tenant = Tenant.objects.create(ref="customer", name="Customer")
    team = TeamFactory.create(ref="a")
    values = {"ref": "s", "channel": "chat", "languages": "ja"}
    for wrong, sentence in (
        ({}, "Name a team or a tenant"),
        ({"team": "b"}, "There is no team “b”"),
        ({"team": team.ref, "tenant": tenant.ref}, "does not belong to tenant"),
        ({"team": team.ref, "channel": "letter"}, "letter"),
        ({"team": team.ref, "priority": 11}, "10"),
        ({"team": team.ref, "languages": "klingon-speech!"}, "no language"),
    ):
        with pytest.raises(InputError, match=sentence):
            sessions.request(
                sessions.SessionValues(**(values | wrong)),
                now=NOW,
                actor=COMMAND,
            )
    assert not Session.objects.exists()
    assert not AuditEvent.objects.filter(object_type="session").exists()


def test_a_taken_ref_is_refused(desk: Desk) -> None:
    requested(desk)

    with pytest.raises(InputError, match="is taken"):
        requested(desk)


def test_it_is_accepted_and_resolved_and_the_real_time_counts(desk: Desk) -> None:
    session = requested(desk, channel="phone")
    sessions.accept(session.pk, now=NOW + MINUTE, actor=COMMAND)
    session.refresh_from_db()
    assert (session.state, session.accepted_at, session.accept_by) == (
        "accepted",
        NOW + MINUTE,
        None,
    )
    sessions.resolve(session.pk, now=after(minutes=6), actor=COMMAND, reason="Done.")

    work = Assignment.objects.get()
    assert (work.state, work.starts_at, work.ends_at) == ("completed", NOW, after(minutes=6))
    session.refresh_from_db()
    assert (session.state, session.resolved_at) == ("resolved", after(minutes=6))
    hours = {
        row.ref: row.hours for row in fairness(now=after(hours=1), policy=current_policy()).rows
    }
    assert hours == {"A": 0.1, "B": 0.0}
    freed = AvailabilityChange.objects.get()
    assert (freed.starts_at, freed.ends_at) == (after(minutes=6), after(minutes=15))


def test_a_resolved_session_counts_at_most_to_the_next_work_of_its_person(desk: Desk) -> None:
    session = requested(desk, channel="phone")
    sessions.accept(session.pk, now=NOW, actor=COMMAND)
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=15))
    AssignmentFactory.create(booking=booking, interpreter=Assignment.objects.get().interpreter)
    sessions.resolve(session.pk, now=after(minutes=40), actor=COMMAND, reason="Done.")

    assert Assignment.objects.get(booking=None).ends_at == after(minutes=15)


def test_the_queue_is_served_when_somebody_frees_up(desk: Desk) -> None:
    for number in range(5):
        requested(desk, f"s-{number}")
    assert Session.objects.filter(state="unassigned").count() == 1
    sessions.resolve(
        Session.objects.get(ref="s-0").pk, now=NOW + MINUTE, actor=COMMAND, reason="Done."
    )

    assert holder("s-4") == "A"


def test_a_session_that_is_handed_over_goes_to_another_through_the_pipeline(desk: Desk) -> None:
    session = requested(desk)
    sessions.accept(session.pk, now=NOW, actor=COMMAND)
    sessions.give_back(
        session.pk,
        why=sessions.HANDED_OVER,
        now=after(minutes=4),
        actor=COMMAND,
        reason="End of shift.",
    )

    assert holder() == "B"
    assert SessionDecision.objects.order_by("pk").values_list("caller", flat=True).last() == (
        "handover"
    )
    worked = Assignment.objects.get(state="completed")
    assert (worked.interpreter.ref, worked.ends_at) == ("A", after(minutes=4))


def test_a_transfer_goes_to_the_person_named(desk: Desk) -> None:
    session = requested(desk)
    sessions.accept(session.pk, now=NOW, actor=COMMAND)
    other = Presence.objects.get(interpreter__ref="B").interpreter_id
    sessions.transfer(
        session.pk, person_id=other, now=after(minutes=3), actor=COMMAND, reason="Knows it."
    )

    assert holder() == "B"
    session.refresh_from_db()
    assert (session.state, session.assigned_at) == ("assigned", after(minutes=3))
    assert Assignment.objects.get(state="active").by_hand
    assert Assignment.objects.get(state="completed").ends_at == after(minutes=3)
    assert actions()[-1] == "session_transfer"


def test_a_transfer_to_somebody_who_cannot_changes_nothing(desk: Desk) -> None:
    session = requested(desk)
    stranger = online(TeamFactory.create(), ref="C")
    before = list(Assignment.objects.values())
    with pytest.raises(RefusedError, match=r"C: Belongs to another team\."):
        sessions.transfer(
            session.pk, person_id=stranger.pk, now=NOW, actor=COMMAND, reason="Knows it."
        )

    assert list(Assignment.objects.values()) == before
    assert actions() == ["session_request", "session_assign"]


def test_only_a_person_assigns_the_sessions_of_a_manual_desk() -> None:
    desk = DeskFactory.create(strategy="manual")
    person = online(desk.team, ref="A")
    session = requested(desk)
    assert (holder(), session.reason_code) == ("", "by_hand")
    sessions.assign_now(session.pk, person_id=person.pk, now=NOW, actor=COMMAND, reason="Free.")

    assert holder() == "A"
    assert SessionDecision.objects.first().caller == "by_hand"  # type: ignore[union-attr]


def test_what_nobody_has_cannot_be_accepted_given_back_or_transferred(desk: Desk) -> None:
    Presence.objects.update(status="offline")
    session = requested(desk)
    person = Presence.objects.get(interpreter__ref="A").interpreter_id
    with pytest.raises(RefusedError, match="only an assigned one"):
        sessions.accept(session.pk, now=NOW, actor=COMMAND)
    with pytest.raises(RefusedError, match="Nobody has s"):
        sessions.give_back(
            session.pk, why=sessions.ABANDONED, now=NOW, actor=COMMAND, reason="Gone."
        )
    with pytest.raises(RefusedError, match="assign it instead"):
        sessions.transfer(session.pk, person_id=person, now=NOW, actor=COMMAND, reason="Knows.")
    sessions.resolve(session.pk, now=NOW, actor=COMMAND, reason="The caller hung up.")
    with pytest.raises(RefusedError, match="resolved already"):
        sessions.resolve(session.pk, now=NOW, actor=COMMAND, reason="Again.")


def test_a_session_that_is_not_there_cannot_be_accepted() -> None:
    with pytest.raises(ObjectDoesNotExist):
        sessions.accept(99, now=NOW, actor=COMMAND)
