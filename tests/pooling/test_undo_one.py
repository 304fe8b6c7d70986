"""Undo of one decision: only that one, by the same rules as the undo of its run."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assignment.audit import COMMAND
from assignment.errors import InputError
from assignment.models import Assignment, Booking
from pooling.changes import cancel_bookings
from pooling.decision_undo import run_to_undo
from pooling.models import Run
from pooling.sweep import sweep
from pooling.undo import Undone, preview_undo, undo_of, undo_run, undone_by, undos_of_parts
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.invariants import assert_sound
from tests.pooling.steps import digest, steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def bookings() -> list[Booking]:
    """Three bookings of one person, assigned by one sweep."""
    InterpreterFactory.create()
    rows = [ReadyFactory.create(ref=ref, starts_at=after(days=day)) for ref, day in RUNS]
    sweep(now=NOW, slot="s", actor=COMMAND)
    return rows


RUNS = (("A", 1), ("B", 2), ("C", 3))


def undo(run: Run, *only: Booking) -> Undone:
    """Undo the decisions about these bookings."""
    ids = [booking.pk for booking in only]
    return undo_run(run, now=NOW, actor=COMMAND, reason="By mistake.", only=ids)


def states(*bookings: Booking) -> list[str]:
    """In which state each is now."""
    found = []
    for booking in bookings:
        booking.refresh_from_db()
        found.append("escalated" if booking.escalated_at else booking.state)
    return found


def test_only_the_one_decision_is_taken_back(bookings: list[Booking]) -> None:
    run = Run.objects.get()

    done = undo(run, bookings[1])

    assert (done.undone, done.kept) == (("B",), ())
    assert states(*bookings) == ["approved", "escalated", "approved"]
    assert bookings[1].escalation_text == f"Its decision in run {run.pk} was undone: By mistake."
    assert steps(bookings[1])[-1] == ("undo", "approved", "escalated")
    assert done.run is not None
    assert (undone_by(done.run), undo_of(run), undos_of_parts(run)) == (run.pk, None, [done.run])
    assert_sound()


def test_it_has_one_effect_and_each_choice_of_bookings_is_its_own(bookings: list[Booking]) -> None:
    run = Run.objects.get()
    first = undo(run, bookings[0])
    before = digest()

    assert undo(run, bookings[0]) == first
    assert digest() == before
    assert undo(run, bookings[2], bookings[1]).undone == ("B", "C")
    assert undo(run, bookings[1], bookings[2]).undone == ("B", "C")
    assert Run.objects.count() == 3


def test_the_whole_run_can_be_undone_after_a_part_of_it(bookings: list[Booking]) -> None:
    run = Run.objects.get()
    undo(run, bookings[0])

    done = undo(run)

    assert (done.undone, done.kept) == (("B", "C"), (("A", "It is escalated now."),))


def test_the_undo_of_one_decision_can_be_undone_and_that_again(bookings: list[Booking]) -> None:
    run = Run.objects.get()
    person = Assignment.objects.get(booking=bookings[0]).interpreter_id

    chain = [run]
    for expected in ("escalated", "approved", "escalated", "approved"):
        done = undo(chain[-1], bookings[0])
        assert done.run is not None
        chain.append(done.run)
        assert states(bookings[0]) == [expected]
        assert run_to_undo(bookings[0], now=NOW) == done.run
    active = Assignment.objects.get(booking=bookings[0], state="active")
    assert active.interpreter_id == person
    assert [run.kind for run in chain] == ["sweep", "undo", "redo", "undo", "redo"]
    assert_sound()


def test_what_was_touched_since_stays_and_says_so(bookings: list[Booking]) -> None:
    cancel_bookings([bookings[0].pk], now=NOW, actor=COMMAND, reason="Not needed.")

    done = undo(Run.objects.get(), bookings[0])

    assert (done.undone, done.kept) == ((), (("A", "It is cancelled now."),))


def test_a_preview_writes_nothing_and_foretells_it(bookings: list[Booking]) -> None:
    run = Run.objects.get()
    before = digest()

    foretold = preview_undo(run, now=NOW, only=[bookings[0].pk])

    assert digest() == before
    assert foretold.undone == undo(run, bookings[0]).undone == ("A",)


def test_a_booking_that_the_run_did_not_assign_is_refused(bookings: list[Booking]) -> None:
    other = ReadyFactory.create(ref="X")
    before = digest()

    with pytest.raises(InputError, match=r"^Run \d+ has nothing to undo for X\.$"):
        undo(Run.objects.get(), bookings[0], other)
    assert digest() == before


def test_the_decision_to_undo_is_the_one_that_stands(bookings: list[Booking]) -> None:
    run = Run.objects.get()

    assert run_to_undo(bookings[0], now=NOW) is None
    assert states(*bookings) == ["approved"] * 3
    assert run_to_undo(bookings[0], now=NOW) == run
    assert run_to_undo(bookings[0], now=after(days=1)) is None
    assert run_to_undo(ReadyFactory.create(), now=NOW) is None


def command(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of ``undo_run``."""
    output, code = StringIO(), 0
    at = f"--now={NOW.isoformat()}"
    try:
        call_command("undo_run", *arguments, at, "--json", stdout=output, stderr=StringIO())
    except CommandError as refused:
        code = refused.returncode
    return code, json.loads(output.getvalue())


def test_the_command_undoes_only_the_refs_it_is_given(bookings: list[Booking]) -> None:
    run = str(Run.objects.get().pk)
    before = digest()
    looked = command(run, "--only", "A", "B", "--dry-run")
    assert digest() == before

    done = command(run, "--only", "B", "A")

    assert looked == (0, {"undone": ["A", "B"], "kept": [], "run": None})
    assert done == (0, {"undone": ["A", "B"], "kept": [], "run": int(run) + 1})
    assert states(*bookings) == ["escalated", "escalated", "approved"]


def test_the_command_refuses_what_is_not_there(bookings: list[Booking]) -> None:
    run = str(Run.objects.get().pk)
    ReadyFactory.create(ref="X")
    before = digest()

    for ref, sentence in (("?", "There is no booking ?."), ("X", "has nothing to undo for X.")):
        code, data = command(run, "--only", ref)
        assert code == 2
        assert sentence in data["error"]["message"]
    assert digest() == before
