"""Every caller comes through the one pipeline, and nobody else gives a session to a person."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from assignment import sessions
from assignment.audit import COMMAND
from assignment.engine.record import unpack
from assignment.engine.sessions.pipeline import STEPS
from assignment.models import Assignment, Presence, Session, SessionDecision
from tests.factories.bookings import NOW, after
from tests.factories.sessions import DeskFactory, SessionFactory, online
from tests.test_architecture import SOURCES, tree_of


def callers_of(name: str) -> set[Path]:
    """The modules of the product that call a function of this name."""
    return {
        path
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == name or getattr(node.func, "attr", "") == name)
    }


def imports_from(module: str, name: str) -> set[Path]:
    """The modules of the product that import this name from this module."""
    return {
        path
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and node.module == module
        and name in {alias.name for alias in node.names}
    }


HOME = Path("assignment/sessions")
DECIDING, EFFECTS, SETTLING = (HOME / f"{name}.py" for name in ("deciding", "effects", "settling"))


def test_sessions_are_decided_and_bound_in_one_place() -> None:
    assert imports_from("assignment.engine.sessions.pipeline", "decide") == {DECIDING}
    assert callers_of("decide_batch") == {DECIDING, SETTLING}
    assert callers_of("bind_sessions") == {EFFECTS}
    assert callers_of("bind_kept") == {SETTLING}


@pytest.mark.django_db(transaction=True)
def test_request_queue_handover_transfer_and_by_hand_walk_the_same_steps() -> None:
    desk = DeskFactory.create(max_chats=9)
    for ref in ("A", "B"):
        online(desk.team, ref=ref)
    other = Presence.objects.get(interpreter__ref="B").interpreter_id
    SessionFactory.create(ref="waits", team=desk.team)
    values = sessions.SessionValues(ref="s", channel="chat", languages="ja", team=desk.team.ref)
    sessions.request(values, now=NOW, actor=COMMAND)
    session = Session.objects.get(ref="s")
    if Assignment.objects.get(session=session, state="active").interpreter_id == other:
        other = Presence.objects.get(interpreter__ref="A").interpreter_id
    sessions.transfer(session.pk, person_id=other, now=after(minutes=1), actor=COMMAND, reason="To")
    sessions.give_back(
        session.pk, why=sessions.HANDED_OVER, now=after(minutes=2), actor=COMMAND, reason="Back"
    )
    Presence.objects.update(status="offline")
    late = SessionFactory.create(ref="late", team=desk.team)
    Presence.objects.update(status="online")
    sessions.assign_now(late.pk, person_id=other, now=after(minutes=3), actor=COMMAND, reason="I")

    walked = {
        row.caller: unpack(row.record)["steps"]
        for row in SessionDecision.objects.filter(outcome="assign")
    }
    assert set(walked) == {"request", "queue", "handover", "transfer", "by_hand"}
    assert all(steps == list(STEPS) for steps in walked.values())
    given = Assignment.objects.filter(session__isnull=False).count()
    assert SessionDecision.objects.filter(outcome="assign").count() == given
