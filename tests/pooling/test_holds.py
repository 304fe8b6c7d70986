"""Claiming on hold: nothing is claimed, everything else goes on, and it ends by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from assignment.audit import COMMAND
from assignment.errors import InputError
from assignment.models import AuditEvent, Booking
from pooling import holds, tasks
from pooling.emergency import process_emergency
from pooling.holds import Cause, ClaimHoldError
from pooling.models import ClaimHold, Plan, Run
from pooling.plans import apply_plan
from pooling.processing import process_entries
from pooling.status import pool_status
from pooling.sweep import preview_sweep, sweep
from pooling.tick import tick
from tests.factories.bookings import NOW, BookingFactory, ReadyFactory
from tests.factories.people import InterpreterFactory
from tests.faults.forks import Execute
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db
SENTENCE = (
    "Claiming is on hold: Storm in the data centre; an operator lifts it on the dashboard, or "
    "“manage.py claim_hold --lift --reason 'It is over'”."
)


def hold() -> None:
    """Hold everything by hand."""
    assert holds.set_hold(Cause.HAND, reason="Storm in the data centre.", actor=COMMAND)


def entries(booking: Booking) -> object:
    """Process one entry under its own key."""
    return process_entries([booking.pk], now=NOW, actor=COMMAND, key="one", reason="Now.")


def emergency(_: Booking) -> object:
    """Override."""
    return process_emergency(now=NOW, actor=COMMAND, reason="Storm.", key="emergency:one")


def planned(_: Booking) -> object:
    """Apply the plan of a preview."""
    plan = Plan.objects.get(pk=preview_sweep(now=NOW).plan or 0)
    return apply_plan(plan, leave_out=(), now=NOW, actor=COMMAND, reason="As shown.")


WAYS: dict[str, Callable[[Booking], object]] = {
    "sweep": lambda _: sweep(now=NOW, slot="s", actor=COMMAND),
    "tick": lambda _: tick(now=NOW, actor=COMMAND),
    "entries": entries,
    "emergency": emergency,
    "plan": planned,
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_claimed_while_a_hold_stands_and_all_of_it_afterwards(way: str) -> None:
    InterpreterFactory()
    booking = ReadyFactory()
    hold()

    with pytest.raises(ClaimHoldError) as refused:
        WAYS[way](booking)

    assert str(refused.value) == SENTENCE
    booking.refresh_from_db()
    assert (booking.pool_status, booking.pool_processing_attempts) == ("ready", 0)
    assert not Run.objects.exists()
    assert holds.lift(Cause.HAND, reason="The storm is over.", actor=COMMAND)
    WAYS[way](booking)
    booking.refresh_from_db()
    assert booking.state == "approved"
    assert_sound()


def test_a_hold_that_is_set_while_a_run_applies_stops_its_next_claim() -> None:
    """The claim itself asks, so that no way around the verbs is left."""
    InterpreterFactory()
    ReadyFactory()

    def late(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith('UPDATE "pooling_run"') and "applying" in repr(params).lower():
            hold()
        return result

    with connection.execute_wrapper(late), pytest.raises(ClaimHoldError):
        sweep(now=NOW, slot="s", actor=COMMAND)
    assert (Run.objects.get().state, Booking.objects.get().pool_status) == ("applying", "ready")

    holds.lift(Cause.HAND, reason="The storm is over.", actor=COMMAND)
    assert sweep(now=NOW, slot="s", actor=COMMAND).count("assigned") == 1
    assert Run.objects.count() == 1


def test_a_tick_gates_and_readies_under_a_hold_and_the_task_does_not_fail() -> None:
    BookingFactory()
    hold()

    assert tasks.tick() == tasks.sweep() == {"processed": 0, "on_hold": 1}

    assert Booking.objects.get().pool_status == "ready"
    assert not Run.objects.exists()


def test_a_finished_slot_answers_under_a_hold() -> None:
    InterpreterFactory()
    ReadyFactory()
    first = sweep(now=NOW, slot="s", actor=COMMAND)
    hold()

    again = sweep(now=NOW, slot="s", actor=COMMAND)

    assert (again.run, again.repeated) == (first.run, True)


def test_setting_and_lifting_are_audited_once_with_who_and_why() -> None:
    hold()
    assert not holds.set_hold(Cause.HAND, reason="Another reason.", actor=COMMAND)
    assert holds.lift(Cause.HAND, reason="The storm is over.", actor=COMMAND)
    assert not holds.lift(Cause.HAND, reason="The storm is over.", actor=COMMAND)

    events = AuditEvent.objects.filter(object_type="claim_hold").order_by("pk")
    assert list(events.values_list("actor", "action", "object_ref", "to_state", "reason")) == [
        ("command line", "hold_claims", "hand", "on hold", "Storm in the data centre."),
        ("command line", "lift_hold", "hand", "lifted", "The storm is over."),
    ]
    row = ClaimHold.objects.get()
    assert (row.set_by, row.lifted_by, row.lift_reason) == (
        "command line",
        "command line",
        "The storm is over.",
    )


@pytest.mark.parametrize("reason", ["", "   ", "Why", "x" * 501, "Not\nprintable"])
def test_a_hold_needs_a_reason(reason: str) -> None:
    with pytest.raises(InputError, match="Give a reason of 5 to 500"):
        holds.set_hold(Cause.HAND, reason=reason, actor=COMMAND)

    assert not ClaimHold.objects.exists()


def test_a_hold_by_hand_is_not_lifted_by_the_tick_and_one_of_the_schema_is() -> None:
    hold()
    holds.set_hold(Cause.SCHEMA, reason="The database lacks a table.", actor=COMMAND)

    with pytest.raises(ClaimHoldError):
        tick(now=NOW, actor=COMMAND)

    assert [row.cause for row in holds.standing()] == ["hand"]
    event = AuditEvent.objects.get(action="lift_hold")
    assert (event.object_ref, event.reason) == ("schema", "The cause is gone.")


def test_a_probe_that_cannot_be_made_leaves_the_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise DatabaseError("no answer")

    monkeypatch.setitem(holds.PROBES, Cause.SCHEMA, broken)
    holds.set_hold(Cause.SCHEMA, reason="The database lacks a table.", actor=COMMAND)

    assert holds.review(actor=COMMAND) == 0
    assert len(holds.standing()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_with_space_again_is_let_go_and_nothing_of_the_probe_stays() -> None:
    holds.set_hold(Cause.STORAGE, reason="The disk is full.", actor=COMMAND)
    with transaction.atomic():
        assert holds.review(actor=COMMAND) == 0

    assert holds.review(actor=COMMAND) == 1
    assert (holds.standing(), ClaimHold.objects.get().ballast) == ([], "")


@pytest.mark.parametrize(
    ("arguments", "code", "answer"),
    [
        ([], 0, {"changed": False, "holds": []}),
        (["--set", "--reason", "Storm."], 0, {"changed": True}),
        (["--lift", "--reason", "Over."], 0, {"changed": False, "holds": []}),
    ],
)
def test_the_command_sets_lifts_and_says(
    arguments: list[str], code: int, answer: dict[str, Any]
) -> None:
    assert answer.items() <= claim_hold(*arguments, code=code).items()


def test_the_command_answers_1_while_a_hold_stands_and_lifts_one_of_any_cause() -> None:
    holds.set_hold(Cause.STORAGE, reason="The disk is full.", actor=COMMAND)
    since = ClaimHold.objects.get().set_at

    found = claim_hold(code=1)
    assert [row | {"since": since} for row in found["holds"]] == [
        {"cause": "storage", "reason": "The disk is full.", "since": since}
    ]
    assert claim_hold("--lift", "storage", "--reason", "We bought a disk.", code=0)["changed"]
    assert pool_status(now=NOW).on_hold == ()


def test_commands_that_would_process_answer_1_and_reading_goes_on() -> None:
    ReadyFactory()
    hold()
    for command in (("sweep",), ("tick",), ("process_emergency", "--reason", "Storm.")):
        out = StringIO()
        with pytest.raises(CommandError, match="Claiming is on hold") as refused:
            call_command(*command, "--now", NOW.isoformat(), "--json", stdout=out)
        assert refused.value.returncode == 1
        assert json.loads(out.getvalue())["error"] == {"code": "claim_hold", "message": SENTENCE}

    assert pool_status(now=NOW).on_hold == (SENTENCE,)


def test_a_mode_is_switched_under_a_hold_and_what_becomes_due_waits() -> None:
    InterpreterFactory()
    booking = BookingFactory(
        starts_at=NOW.replace(month=12, day=5),
        pool_status="waiting",
        pool_entry_time=NOW,
        pool_deadline_time=NOW.replace(month=12, day=2),
    )
    hold()
    out = StringIO()

    order = ("switch_mode", "URGENT", "--reason", "Storm.", "--now", NOW.isoformat(), "--json")
    with pytest.raises(SystemExit) as ended:
        call_command(*order, stdout=out)

    answer = json.loads(out.getvalue())
    assert (ended.value.code, answer["new_mode"], answer["immediate"]) == (1, "URGENT", 1)
    assert answer["claiming_on_hold"] == f"What is due waits. {SENTENCE}"
    booking.refresh_from_db()
    assert booking.pool_status == "ready"


def claim_hold(*arguments: str, code: int) -> dict[str, Any]:
    """The answer of the command, which must end with this code."""
    out = StringIO()
    ended = 0
    try:
        call_command("claim_hold", *arguments, "--json", stdout=out)
    except SystemExit as end:
        ended = int(str(end.code))
    assert ended == code
    found: dict[str, Any] = json.loads(out.getvalue())
    return found
