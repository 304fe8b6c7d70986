"""People come and go and let sessions pass; what goes on is kept for them."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from assignment import sessions
from assignment.audit import COMMAND
from assignment.enums import PresenceStatus
from assignment.errors import InputError, RefusedError, StaleError
from assignment.models import (
    Assignment,
    AuditEvent,
    Desk,
    Presence,
    Session,
    SessionDecision,
    SessionPass,
)
from tests.assignment.sessions.doing import actions, desk_with_two, holder, requested
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after
from tests.factories.sessions import DeskFactory, online

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def desk() -> Desk:
    """A desk with A and B online."""
    return desk_with_two()


def test_the_queue_is_served_when_somebody_comes_online() -> None:
    desk = DeskFactory.create()
    person = online(desk.team, ref="A")
    sessions.set_presence(person.pk, "away", now=NOW, actor=COMMAND)
    requested(desk)
    assert holder() == ""
    sessions.set_presence(person.pk, "online", now=NOW + MINUTE, actor=COMMAND)

    assert holder() == "A"
    assert SessionDecision.objects.order_by("pk").values_list("caller", flat=True).last() == "queue"


def test_saying_the_same_presence_again_changes_nothing(desk: Desk) -> None:
    person = Presence.objects.get(interpreter__ref="A")
    sessions.set_presence(person.interpreter_id, "online", now=NOW + MINUTE, actor=COMMAND)

    person.refresh_from_db()
    assert person.since == NOW
    assert not AuditEvent.objects.filter(action="presence").exists()
    with pytest.raises(InputError, match="online, away, offline"):
        sessions.set_presence(person.interpreter_id, "asleep", now=NOW, actor=COMMAND)


def test_whoever_goes_gives_back_what_they_had_not_accepted(desk: Desk) -> None:
    requested(desk, "first")
    requested(desk, "second")
    requested(desk, "third")
    assert [holder(ref) for ref in ("first", "second", "third")] == ["A", "B", "A"]
    first = Session.objects.get(ref="first")
    sessions.accept(first.pk, now=NOW, actor=COMMAND)
    person = Presence.objects.get(interpreter__ref="A").interpreter
    sessions.set_presence(person.pk, PresenceStatus.OFFLINE, now=NOW + MINUTE, actor=COMMAND)

    assert [holder(ref) for ref in ("first", "second", "third")] == ["A", "B", "B"]
    assert "session_abandoned" in actions("third")


def test_what_was_accepted_or_went_on_meanwhile_is_not_given_back(desk: Desk) -> None:
    session = requested(desk)
    a, b = (Presence.objects.get(interpreter__ref=ref).interpreter_id for ref in ("A", "B"))
    gone = partial(
        sessions.give_back, session.pk, why=sessions.ABANDONED, now=NOW, actor=COMMAND, reason="."
    )
    with pytest.raises(StaleError, match="went to A just now"):
        gone(holder=b)
    sessions.accept(session.pk, now=NOW, actor=COMMAND)
    with pytest.raises(RefusedError, match="was accepted: hand it over instead"):
        gone(holder=a)

    assert (holder(), Session.objects.get().state) == ("A", "accepted")


def test_what_is_not_accepted_in_time_goes_to_somebody_else(desk: Desk) -> None:
    session = requested(desk)
    sessions.keep_up(now=after(minutes=0.9), actor=COMMAND)
    assert holder() == "A"
    sessions.keep_up(now=NOW + MINUTE, actor=COMMAND)

    assert holder() == "B"
    assert SessionPass.objects.get().why == "time_out"
    assert actions() == [
        "session_request",
        "session_assign",
        "session_time_out",
        "session_assign",
    ]
    withdrawn = Assignment.objects.get(state="withdrawn")
    assert (withdrawn.interpreter.ref, withdrawn.session_id) == ("A", session.pk)


def test_whoever_let_it_pass_is_asked_again_after_coming_online_anew() -> None:
    desk = DeskFactory.create()
    person = online(desk.team, ref="A")
    requested(desk)
    sessions.keep_up(now=NOW + MINUTE, actor=COMMAND)
    assert holder() == ""
    sessions.set_presence(person.pk, "away", now=after(minutes=2), actor=COMMAND)
    sessions.set_presence(person.pk, "online", now=after(minutes=3), actor=COMMAND)

    assert holder() == "A"


def test_a_live_session_is_kept_for_as_long_as_it_lives_up_to_the_next_work(desk: Desk) -> None:
    session = requested(desk)
    sessions.accept(session.pk, now=NOW, actor=COMMAND)
    work = Assignment.objects.get()
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=40))
    AssignmentFactory.create(booking=booking, interpreter=work.interpreter)
    ends = []
    for minute in (10, 13, 26, 39):
        sessions.keep_up(now=after(minutes=minute), actor=COMMAND)
        work.refresh_from_db()
        ends.append((work.ends_at - NOW) // MINUTE)

    assert ends == [15, 28, 40, 40]
