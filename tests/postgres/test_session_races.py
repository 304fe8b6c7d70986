"""Two at one desk at the same time: the second leaves it to the first, which looks again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from assignment import sessions
from assignment.audit import COMMAND
from assignment.engine.round_robin import MemoryRoundRobin
from assignment.errors import RefusedError
from assignment.models import Assignment, Desk, Session
from assignment.sessions.deciding import Order
from assignment.sessions.settling import settle
from tests.factories.bookings import NOW
from tests.factories.sessions import DeskFactory, SessionFactory, online
from tests.postgres.threads import blocked, in_thread, stopped_before_commit
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


def order_of(desk: Desk) -> Order:
    """A batch of the queue of this desk."""
    return Order(desk_id=desk.pk, now=NOW, actor=COMMAND, turns=MemoryRoundRobin())


def test_a_desk_that_another_serves_is_left_without_waiting() -> None:
    desk = DeskFactory.create()
    online(desk.team)
    SessionFactory.create(team=desk.team)
    with stopped_before_commit(partial(settle, order_of(desk))):
        beside = settle(order_of(desk))
        assert not blocked()

    assert (beside.assigned, beside.is_served_elsewhere) == ([], True)
    assert Assignment.objects.count() == 1


def test_whoever_serves_a_desk_sees_what_was_committed_while_it_did() -> None:
    desk = DeskFactory.create()
    online(desk.team)
    SessionFactory.create(team=desk.team)
    with ThreadPoolExecutor(1) as pool:
        with stopped_before_commit(partial(settle, order_of(desk))):
            late = SessionFactory.create(team=desk.team)
            assert sessions.drain(desk, now=NOW, actor=COMMAND).assigned == ()
        done = in_thread(pool, partial(sessions.drain, desk, now=NOW, actor=COMMAND)).result(20)

    assert done.assigned == (late.ref,)


def test_a_choice_by_hand_waits_for_the_desk_and_does_not_double() -> None:
    desk = DeskFactory.create()
    person = online(desk.team)
    session = SessionFactory.create(team=desk.team)

    def by_hand() -> None:
        sessions.assign_now(
            session.pk, person_id=person.pk, now=NOW, actor=COMMAND, reason="I chose."
        )

    with ThreadPoolExecutor(1) as pool:
        with stopped_before_commit(partial(settle, order_of(desk))):
            waiting = in_thread(pool, by_hand)
            wait_until(blocked, seconds=10)
        with pytest.raises(RefusedError):
            waiting.result(20)

    assert Assignment.objects.get().session_id == session.pk
    assert Session.objects.get().state == "assigned"
