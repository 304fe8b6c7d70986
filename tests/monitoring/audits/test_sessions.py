"""Each audit of sessions finds what breaks it, and nothing in a desk at work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django_redis import get_redis_connection

from assignment import sessions
from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Desk, Presence, Session
from monitoring.repair import audit_integrity, repair_integrity
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, after
from tests.factories.people import InterpreterFactory
from tests.factories.sessions import DeskFactory, SessionFactory, online

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    """Four chats: accepted, handed over, resolved, waiting to be accepted; a fifth one waits."""
    found: Desk = DeskFactory.create(max_chats=2)
    people = [online(found.team, ref=ref) for ref in ("A", "B")]  # type: ignore[arg-type]
    for number in range(5):
        SessionFactory.create(ref=f"s-{number}", team=found.team)
    sessions.drain(found, now=NOW, actor=COMMAND)
    first, second, third = (Session.objects.get(ref=f"s-{number}") for number in range(3))
    for session in (first, second, third):
        sessions.accept(session.pk, now=NOW, actor=COMMAND)
    sessions.resolve(third.pk, now=after(minutes=5), actor=COMMAND, reason="Done.")
    sessions.give_back(
        second.pk, why=sessions.HANDED_OVER, now=after(minutes=6), actor=COMMAND, reason="Shift."
    )
    sessions.transfer(
        first.pk, person_id=people[1].pk, now=after(minutes=7), actor=COMMAND, reason="Knows."
    )
    return found


def found(*, minutes: float = 8) -> list[tuple[str, str]]:
    """The codes and objects of all findings about sessions."""
    rows = audit_integrity(now=after(minutes=minutes), schema=False).findings
    return [(row.code, row.object) for row in rows]


def test_nothing_is_found_in_a_desk_at_work(desk: Desk) -> None:
    assert found() == []


def set_resolved() -> None:
    Session.objects.filter(ref="s-0").update(state="resolved", accept_by=None, resolved_at=NOW)


def give_to_another() -> None:
    other = InterpreterFactory.create(ref="C")
    Assignment.objects.filter(session__ref="s-3").update(interpreter=other)


SPOILT: dict[str, tuple[Callable[[], object], float, str]] = {
    "session_work_differs": (set_resolved, 8, "session s-0"),
    "session_decision_differs": (give_to_another, 8, "session s-3"),
}


@pytest.mark.parametrize("code", sorted(SPOILT))
def test_what_is_wrong_is_found(desk: Desk, code: str) -> None:
    spoil, minutes, thing = SPOILT[code]
    spoil()

    assert (code, thing) in found(minutes=minutes)
    assert {row[0] for row in found(minutes=minutes)} == {code}


def test_what_nobody_accepts_or_keeps_is_found_when_no_clock_runs(desk: Desk) -> None:
    codes = [code for code, _ in found(minutes=60)]

    assert set(codes) == {"session_accept_overdue", "session_not_kept"}
    repaired = repair_integrity(now=after(minutes=60), actor=COMMAND, schema=False)
    assert [row.code for row in repaired.findings] == ["session_not_kept"] * len(repaired.findings)
    sessions.keep_up(now=after(minutes=60), actor=COMMAND)
    assert found(minutes=60) == []


def test_work_for_a_session_is_no_finding_of_the_audits_of_bookings() -> None:
    """A live chat has no booking, an end of its own, and a person who may be on leave later."""
    desk = DeskFactory.create()
    person = online(desk.team, ref="A")
    SessionFactory.create(team=desk.team)
    sessions.drain(desk, now=NOW, actor=COMMAND)
    booking = BookingFactory.create(state="approved", starts_at=after(minutes=30))
    AssignmentFactory.create(booking=booking, interpreter=person)
    Presence.objects.update(status="away")

    assert [row for row in found(minutes=1) if row[0] != "trail_state_differs"] == []


@pytest.mark.parametrize("value", ["abc", "9223372036854775807"])
def test_a_counter_that_is_no_number_is_found_and_deleted_with_an_event(
    desk: Desk, value: str
) -> None:
    client, key = get_redis_connection("default"), f"assignment:rr:team:{desk.team_id}"
    client.set(key, value)
    assert found() == [("turn_counter_wrong", f"desk {desk.pk}")]
    done = repair_integrity(now=after(minutes=8), actor=COMMAND, schema=False)

    assert (done.repaired, done.findings) == (1, ())
    assert client.exists(key) == 0
    event = AuditEvent.objects.get(action="repair")
    assert (event.object_type, event.object_ref) == ("desk", str(desk.pk))


def test_a_list_in_place_of_a_counter_is_found(desk: Desk) -> None:
    key = f"assignment:rr:team:{desk.team_id}"
    client = get_redis_connection("default")
    client.delete(key)
    client.lpush(key, "x")

    assert found() == [("turn_counter_wrong", f"desk {desk.pk}")]
