"""Sessions get people: in order, by the rules, explained, and never beyond a person's lanes."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment import sessions
from assignment.audit import COMMAND
from assignment.engine.sessions.explain import explain_session
from assignment.models import (
    Assignment,
    AuditEvent,
    Desk,
    Policy,
    Session,
    SessionDecision,
    SessionMessage,
    Tenant,
)
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after, approved
from tests.factories.people import TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory, online

pytestmark = pytest.mark.django_db


def drain(desk: Desk, *, now: dt.datetime = NOW) -> sessions.Drained:
    """Serve the desk's queue."""
    return sessions.drain(desk, now=now, actor=COMMAND)


def who_has() -> dict[str, str]:
    """The person (ref) of each session that somebody has."""
    rows = Assignment.objects.filter(state="active", session__isnull=False)
    return dict(rows.values_list("session__ref", "interpreter__ref"))


def test_a_waiting_session_gets_somebody_and_says_so_everywhere() -> None:
    desk = DeskFactory.create()
    online(desk.team, ref="A")
    session = SessionFactory.create(team=desk.team)
    done = drain(desk)

    assert (done.assigned, done.left, done.errors) == ((session.ref,), 0, {})
    session.refresh_from_db()
    assert (session.state, session.assigned_at) == ("assigned", NOW)
    assert session.accept_by == NOW + dt.timedelta(seconds=60)
    work = Assignment.objects.get()
    assert (work.booking_id, work.session_id, work.interpreter.ref) == (None, session.pk, "A")
    assert (work.lane_from, work.lane_to) == (0, 0)
    assert (work.starts_at, work.ends_at) == (NOW, after(minutes=15))
    event = AuditEvent.objects.get(object_type="session")
    assert (event.action, event.from_state, event.to_state) == (
        "session_assign",
        "unassigned",
        "assigned",
    )
    assert event.changes == {"interpreter": "A"}


def test_sessions_are_served_by_priority_then_age() -> None:
    desk = DeskFactory.create(max_chats=1)
    online(desk.team, ref="A")
    online(desk.team, ref="B")
    SessionFactory.create(ref="late", team=desk.team, requested_at=after(minutes=2))
    SessionFactory.create(ref="early", team=desk.team, requested_at=after(minutes=1))
    SessionFactory.create(ref="urgent", team=desk.team, requested_at=after(minutes=3), priority=9)

    assert drain(desk, now=after(minutes=5)).assigned == ("urgent", "early")
    assert Session.objects.get(ref="late").reason_code == "everybody_busy"


def test_a_chat_takes_one_lane_and_a_call_the_whole_person() -> None:
    desk = DeskFactory.create(max_chats=2)
    online(desk.team, ref="A")
    for number in range(3):
        SessionFactory.create(ref=f"chat-{number}", team=desk.team)
    SessionFactory.create(ref="call", team=desk.team, channel="phone")
    drain(desk)

    assert who_has() == {"chat-0": "A", "chat-1": "A"}
    lanes = Assignment.objects.order_by("pk").values_list("lane_from", "lane_to")
    assert list(lanes) == [(0, 0), (1, 1)]


def test_whoever_is_called_has_no_room_for_a_chat() -> None:
    desk = DeskFactory.create()
    online(desk.team, ref="A")
    SessionFactory.create(ref="call", team=desk.team, channel="video", priority=9)
    SessionFactory.create(ref="chat", team=desk.team)
    drain(desk)

    assert who_has() == {"call": "A"}
    assert tuple(Assignment.objects.values_list("lane_from", "lane_to").get()) == (0, 99)


def test_a_person_may_hold_fewer_chats_than_the_desk_allows_and_never_more() -> None:
    desk = DeskFactory.create(max_chats=2)
    online(desk.team, ref="A", max_chats=1)
    online(desk.team, ref="B", max_chats=9)
    SessionFactory.create_batch(5, team=desk.team)
    drain(desk)

    assert sorted(who_has().values()) == ["A", "B", "B"]


def test_what_is_kept_ends_where_the_next_booking_begins() -> None:
    desk = DeskFactory.create()
    person = online(desk.team, ref="A")
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=10))
    AssignmentFactory.create(booking=booking, interpreter=person)
    SessionFactory.create(team=desk.team)
    drain(desk)

    assert Assignment.objects.get(booking=None).ends_at == after(minutes=10)


@pytest.mark.parametrize(("minutes", "served"), [(4, 0), (5, 1)])
def test_nobody_is_given_a_session_less_than_five_minutes_before_other_work(
    minutes: int, served: int
) -> None:
    desk = DeskFactory.create()
    person = online(desk.team)
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=minutes))
    AssignmentFactory.create(booking=booking, interpreter=person)
    SessionFactory.create(team=desk.team)

    assert len(drain(desk).assigned) == served


def test_nobody_is_given_a_session_during_a_booking() -> None:
    desk = DeskFactory.create()
    person = online(desk.team)
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=-10))
    AssignmentFactory.create(booking=booking, interpreter=person)
    SessionFactory.create(team=desk.team)

    assert drain(desk).assigned == ()
    assert Session.objects.get().reason_code == "everybody_busy"


def test_a_live_session_still_takes_its_lane_after_what_was_kept_for_it() -> None:
    desk = DeskFactory.create(max_chats=1)
    online(desk.team)
    SessionFactory.create_batch(2, team=desk.team)
    drain(desk)

    assert drain(desk, now=after(hours=2)).assigned == ()


def test_a_no_is_told_once_and_written_down_once() -> None:
    desk = DeskFactory.create()
    session = SessionFactory.create(team=desk.team)
    online(desk.team, ref="A", languages="en")
    drain(desk)
    drain(desk, now=after(minutes=1))

    decision = SessionDecision.objects.get()
    assert (decision.outcome, decision.reason_code) == ("stop", "nobody_qualified")
    assert decision.reason_text == "Nobody of 1 can: 1 without the languages."
    told = explain_session(decision)
    assert [(row.interpreter, row.verdict, row.reason) for row in told.candidates] == [
        ("A", "rejected", "Does not have: ja, th.")
    ]
    message = SessionMessage.objects.get()
    assert (message.session, message.kind) == (session, "nobody_there")


def test_hours_against_the_fair_share_are_told_above_or_below_it() -> None:
    desk = DeskFactory.create(strategy="fair")
    online(desk.team, ref="A")
    approved(online(desk.team, ref="B"), starts_at=after(days=-2), hours_long=1.25)
    SessionFactory.create(team=desk.team)
    drain(desk)

    told = explain_session(SessionDecision.objects.get())

    # 1.25 h of two people: the share of each is 0.625 h
    assert [(row.interpreter, row.verdict, row.reason) for row in told.candidates] == [
        ("A", "chosen", "Could: 0.62 hours below the fair share."),
        ("B", "outranked", "Could: 0.62 hours above the fair share."),
    ]


def test_a_message_is_sent_again_only_after_24_hours() -> None:
    desk = DeskFactory.create(hours="Mon 08:00-09:00")
    SessionFactory.create(team=desk.team)
    drain(desk)  # closed: out of office
    drain(desk, now=after(hours=2, minutes=30))  # open, nobody there: within the 24 hours
    assert list(SessionMessage.objects.values_list("kind", flat=True)) == ["out_of_office"]

    drain(desk, now=after(hours=24))
    assert list(SessionMessage.objects.order_by("pk").values_list("kind", flat=True)) == [
        "out_of_office",
        "out_of_office",
    ]


def test_a_contact_has_one_interpreter_at_a_time() -> None:
    desk = DeskFactory.create()
    online(desk.team, ref="A")
    SessionFactory.create(ref="first", team=desk.team, contact="+66 1")
    SessionFactory.create(ref="second", team=desk.team, contact="+66 1")
    SessionFactory.create(ref="other", team=desk.team, contact="+66 2")
    drain(desk)

    assert who_has() == {"first": "A", "other": "A"}
    assert Session.objects.get(ref="second").reason_text == (
        "The contact already has an interpreter, in first."
    )


def test_a_tenant_desk_serves_with_the_members_of_all_its_active_teams() -> None:
    customer = Tenant.objects.create(ref="customer", name="Customer")
    team = TeamFactory.create(tenant=customer)
    DeskFactory.create(team=team, max_chats=1)
    desk = DeskFactory.create(team=None, tenant=customer, max_chats=5)
    online(team, ref="A")
    SessionFactory.create(ref="one", tenant=customer)
    SessionFactory.create(ref="two", tenant=customer)
    drain(desk)

    assert who_has() == {"one": "A"}  # the person's own team allows one chat


def test_the_picks_follow_from_the_records_alone() -> None:
    desk = DeskFactory.create(max_chats=1)
    for ref in ("A", "B", "C"):
        online(desk.team, ref=ref)
    for number in range(3):
        SessionFactory.create(ref=f"s-{number}", team=desk.team)
    drain(desk)

    told = {row.session.ref: explain_session(row).chosen for row in SessionDecision.objects.all()}
    assert told == who_has()
    assert set(told.values()) == {"A", "B", "C"}


def test_a_desk_that_breaks_is_reported_and_leaves_the_others_alone() -> None:
    broken, sound = DeskFactory.create(), DeskFactory.create()
    for desk in (broken, sound):
        online(desk.team)
        SessionFactory.create(team=desk.team)
    Desk.objects.filter(pk=broken.pk).update(strategy="fair")
    Policy.objects.all().delete()  # the ledger has no window: the fair desk cannot decide
    done = sessions.drain_all(now=NOW, actor=COMMAND)

    assert len(done.assigned) == 1
    assert list(done.errors) == [f"desk {broken.pk}"]
    assert done.left == 1
