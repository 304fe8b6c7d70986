"""Many processes drain one queue while people come and go; Redis fails in the middle."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial

import pytest
from django.utils import timezone

from assignment import sessions, turns
from assignment.audit import COMMAND
from assignment.engine.round_robin import RedisRoundRobin
from assignment.errors import RefusedError, StaleError
from assignment.models import Assignment, AuditEvent, Desk, Presence, Session, SessionDecision
from tests import servers
from tests.factories.bookings import NOW, after
from tests.factories.people import TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory, online
from tests.faults.forks import fork, wait_for
from tests.own_redis import OwnRedis, end

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 600
"""Long enough for a machine that has other things to do; alone it takes half a minute."""


@pytest.fixture(autouse=True)
def _chosen_anew() -> Iterator[None]:
    """Each test, and each child, chooses its round robin anew."""
    turns.round_robin.cache_clear()
    yield
    turns.round_robin.cache_clear()


def drain_until_empty(desk: Desk) -> None:
    """Serve the queue again and again until nothing waits."""
    stop, chance = time.monotonic() + SECONDS, random.Random()
    while Session.objects.filter(state="unassigned").exists() and time.monotonic() < stop:
        sessions.drain(desk, now=timezone.now(), actor=COMMAND)
        time.sleep(2 * chance.random())


def come_and_go(seed: int) -> None:
    """Send people off and on, and finish what they have, until nothing waits."""
    chance = random.Random(seed)
    people = list(Presence.objects.order_by("pk").values_list("interpreter_id", flat=True))
    stop = time.monotonic() + SECONDS
    while Session.objects.filter(state="unassigned").exists() and time.monotonic() < stop:
        for person in chance.sample(people, 2):
            status = chance.choice(("online", "online", "online", "away", "offline"))
            sessions.set_presence(person, status, now=timezone.now(), actor=COMMAND)
        held = Session.objects.filter(state__in=("assigned", "accepted")).order_by("?")
        for session_id in held.values_list("pk", flat=True)[:20]:
            finish(session_id)


def finish(session_id: int) -> None:
    """Take and end a session, unless it went elsewhere between."""
    try:
        sessions.accept(session_id, now=timezone.now(), actor=COMMAND)
        sessions.resolve(session_id, now=timezone.now(), actor=COMMAND, reason="Done.")
    except (RefusedError, StaleError):
        return


def most_at_once() -> dict[int, int]:
    """The most lanes that each person had taken at any instant, by the rows alone."""
    steps: dict[int, list[tuple[object, int]]] = defaultdict(list)
    for row in Assignment.objects.filter(state__in=("active", "completed")):
        steps[row.interpreter_id] += [(row.starts_at, 1), (row.ends_at, -1)]
    most: dict[int, int] = {}
    for person, marks in steps.items():
        level = 0
        for _, step in sorted(marks, key=lambda mark: (mark[0], mark[1])):
            level += step
            most[person] = max(most.get(person, 0), level)
    return most


def assert_served_in_order() -> None:
    """Within a priority the first assignments were made in the order of the requests."""
    first: dict[int, int] = {}
    for decision, session_id in (
        SessionDecision.objects.filter(outcome="assign")
        .order_by("pk")
        .values_list("pk", "session_id")
    ):
        first.setdefault(session_id, decision)
    by_priority: dict[int, list[int]] = defaultdict(list)
    for session in Session.objects.order_by("requested_at", "pk"):
        by_priority[session.priority].append(first[session.pk])
    for priority, decisions in by_priority.items():
        assert decisions == sorted(decisions), f"priority {priority} was not served in order"


def given_by_trail() -> Counter[str]:
    """How often each session went from waiting to somebody, less how often it came back."""
    count: Counter[str] = Counter()
    for event in AuditEvent.objects.filter(object_type="session"):
        if event.action == "session_assign":
            count[event.object_ref] += 1
        elif event.to_state == "unassigned" and event.from_state:
            count[event.object_ref] -= 1
    return count


def crowd(*, drains: int, waiting: int, people: int, lanes: int) -> None:
    """Let so many processes drain while two others send people on and off."""
    desk = DeskFactory.create(strategy="least_active", max_chats=lanes, accept_seconds=3600)
    for number in range(people):
        online(desk.team, ref=f"P{number:02}")
    for number in range(waiting):
        SessionFactory.create(
            team=desk.team, priority=(3, 5, 9)[number % 3], requested_at=after(minutes=number)
        )
    children = [fork(partial(drain_until_empty, desk)) for _ in range(drains)]
    children += [fork(partial(come_and_go, seed)) for seed in (1, 2)]
    assert wait_for(children) == [0] * (drains + 2)

    assert not Session.objects.filter(state="unassigned").exists()
    assert set(given_by_trail().values()) == {1}
    assert max(most_at_once().values()) <= lanes
    active = Assignment.objects.filter(state="active").values_list("session_id", flat=True)
    assert max(Counter(active).values(), default=1) == 1
    assert_served_in_order()


@pytest.mark.postgres_only
def test_eight_drains_of_500_sessions_over_30_people_who_come_and_go() -> None:
    crowd(drains=8, waiting=500, people=30, lanes=12)


@pytest.mark.sqlite_only
def test_three_drains_of_60_sessions_over_8_people_who_come_and_go() -> None:
    crowd(drains=3, waiting=60, people=8, lanes=3)


@pytest.fixture
def own() -> Iterator[OwnRedis]:
    """A Redis for this test alone."""
    home, lock = servers.make_home()
    server = OwnRedis(home)
    yield server
    end(server)
    lock.close()


def served_from(own: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A round-robin desk with ten waiting sessions, whose turns this Redis keeps."""
    monkeypatch.setattr(
        "assignment.sessions.draining.round_robin",
        lambda kept=RedisRoundRobin(own.client()): kept,  # noqa: B008
    )
    desk = DeskFactory.create(strategy="round_robin", max_chats=9)
    for ref in ("A", "B", "C"):
        online(desk.team, ref=ref)
    SessionFactory.create_batch(10, team=desk.team)
    found: Desk = desk
    return found


def test_a_killed_redis_gives_an_error_and_writes_nothing_and_the_batch_does_not_wait(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = served_from(own, monkeypatch)
    own.kill()
    began = time.perf_counter()
    done = sessions.drain(desk, now=NOW, actor=COMMAND)

    assert time.perf_counter() - began < 2
    assert (done.assigned, done.left, done.is_outage) == ((), 10, True)
    assert len(done.errors) == 1  # the first; the others were not even asked
    assert not Assignment.objects.exists()
    assert not SessionDecision.objects.exists()
    assert not AuditEvent.objects.filter(object_type="session").exists()
    assert set(Session.objects.values_list("state", "reason_code")) == {("unassigned", "")}


def test_a_frozen_redis_stops_a_batch_within_a_quarter_of_a_second_and_serves_after_its_return(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = served_from(own, monkeypatch)
    sessions.drain(desk, now=NOW, actor=COMMAND)
    Session.objects.update(state="resolved", accept_by=None, resolved_at=NOW)
    Assignment.objects.update(state="completed")
    SessionFactory.create_batch(3, team=desk.team)
    own.freeze()
    began = time.perf_counter()
    done = sessions.drain(desk, now=after(hours=1), actor=COMMAND)
    assert done.is_outage
    assert time.perf_counter() - began < 1
    own.thaw()

    assert len(sessions.drain(desk, now=after(hours=1), actor=COMMAND).assigned) == 3


def test_a_flushed_redis_leaves_everybody_eligible_and_the_fairness_as_it_is(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = served_from(own, monkeypatch)
    sessions.drain(desk, now=NOW, actor=COMMAND)
    own.client().flushall()
    SessionFactory.create_batch(2, team=desk.team)
    sessions.drain(desk, now=after(minutes=1), actor=COMMAND)

    counts = Counter(Assignment.objects.values_list("interpreter__ref", flat=True))
    assert counts == {"A": 5, "B": 4, "C": 3}


def test_garbage_in_the_counter_is_an_error_and_not_a_choice(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = served_from(own, monkeypatch)
    own.client().lpush(f"assignment:rr:team:{desk.team_id}", "x")
    done = sessions.drain(desk, now=NOW, actor=COMMAND)

    assert (done.assigned, done.is_outage) == ((), True)
    assert not Assignment.objects.exists()


def test_a_strategy_that_needs_no_turn_goes_on_without_redis(
    own: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = served_from(own, monkeypatch)
    Presence.objects.exclude(interpreter__ref="A").update(status="away")
    Desk.objects.update(strategy="least_active")
    own.kill()

    assert len(sessions.drain(desk, now=NOW, actor=COMMAND).assigned) == 9


def test_people_who_leave_between_choice_and_lock_are_not_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The counter counted them in; the re-check under the lock finds them gone."""

    class Leaving:
        def next_index(self, context_key: str, candidate_count: int) -> int:
            Presence.objects.filter(interpreter__ref="A").update(status="offline")
            return 0

    monkeypatch.setattr("assignment.sessions.draining.round_robin", Leaving)
    desk = DeskFactory.create(team=TeamFactory.create())
    for ref in ("A", "B"):
        online(desk.team, ref=ref)
    session = SessionFactory.create(team=desk.team)
    sessions.drain(desk, now=NOW, actor=COMMAND)

    assert Assignment.objects.get(session=session).interpreter.ref == "B"
