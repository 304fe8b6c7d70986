"""Carrying out an absence: once, resumed, undone, and past what the database refuses."""

from __future__ import annotations

import datetime as dt

import pytest

from assignment.audit import COMMAND
from pooling import recovery, runs, undo
from pooling.models import Run
from tests.factories.bookings import NOW, AssignmentFactory, after, approved
from tests.invariants import assert_sound
from tests.pooling.absent import apply, busy, people, preview
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


def test_applied_twice_it_answers_with_the_stored_result() -> None:
    ana, _ = people("ANA", "BEN")
    approved(ana)
    plan = preview(ana)
    first = apply(plan)
    before = digest()

    assert apply(plan) == first
    assert digest() == before


def test_an_undo_takes_the_substitutes_back_and_an_undo_of_that_brings_them_again() -> None:
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1")
    done = apply(preview(ana))

    taken = undo.undo_run(done.run, now=NOW, actor=COMMAND, reason="She is well again.")
    assert (taken.undone, taken.kept, busy(booking)) == (("B-1",), (), [])
    assert taken.run is not None
    again = undo.undo_run(taken.run, now=NOW, actor=COMMAND, reason="She is not, after all.")

    assert (again.undone, busy(booking)) == (("B-1",), ["BEN"])
    assert_sound()


def test_a_run_whose_process_died_is_brought_to_its_end_by_the_tick() -> None:
    ana, _ = people("ANA", "BEN")
    booking = approved(ana, ref="B-1")
    plan = preview(ana)
    run = runs.open_run(
        runs.Order(
            kind=plan.kind, key="apply_plan:1", plan=plan, now=NOW, actor=COMMAND, reason="Ill."
        )
    )
    Run.objects.filter(pk=run.pk).update(started_at=NOW - dt.timedelta(days=300))

    assert recovery.finish_abandoned(now=NOW, actor=COMMAND) == 1
    assert busy(booking) == ["BEN"]
    run.refresh_from_db()
    assert (run.state, run.assigned) == ("done", 1)


def test_a_row_that_the_database_refuses_stays_alone() -> None:
    ana, ben = people("ANA", "BEN")
    first, second = (approved(ana, ref=f"B-{n}", starts_at=after(days=n)) for n in (1, 2))
    AssignmentFactory.create(
        booking=second,
        interpreter=ben,
        position=2,
        state="completed",
        starts_at=after(days=-2),
        ends_at=after(days=-2, hours=1),
    )

    done = apply(preview(ana))

    assert done.stale == (("B-2", "The database refused it."),)
    assert [busy(row) for row in (first, second)] == [["BEN"], ["ANA"]]
