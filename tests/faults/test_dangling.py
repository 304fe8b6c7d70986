"""Rows that refer to rows that are gone, and figures of the wrong shape: found, and no crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.models import Booking, BookingPerson
from monitoring.repair import audit_integrity
from pooling.models import Plan, PlanRow
from pooling.plans import apply_plan
from pooling.status import pool_status
from pooling.sweep import preview_sweep, sweep
from tests.factories.bookings import NOW, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory
from tests.invariants import overlaps, states

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def careless() -> Iterator[None]:
    """Let the database delete what others refer to."""
    postgresql = connection.vendor == "postgresql"
    off = "SET session_replication_role = replica" if postgresql else "PRAGMA foreign_keys = OFF"
    back = "SET session_replication_role = DEFAULT" if postgresql else "PRAGMA foreign_keys = ON"
    with connection.cursor() as cursor:
        cursor.execute(off)
        yield
        cursor.execute(back)


def lose(table: str, key: int) -> None:
    """Delete one row and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [key])  # noqa: S608 - our own name


def dangling() -> list[tuple[str, str]]:
    """Object and message of what refers to what is gone."""
    found = audit_integrity(now=NOW).findings
    return [(row.object, row.message) for row in found if row.code == "reference_dangling"]


def test_people_who_are_gone_are_found_and_stop_nobody_else() -> None:
    gone, here = InterpreterFactory(ref="gone"), InterpreterFactory(ref="here")
    bound = approved(gone, starts_at=after(days=3))
    named = ReadyFactory(ref="named")
    usual = ReadyFactory(ref="usual", starts_at=after(days=2))
    BookingPerson.objects.create(booking=named, interpreter=gone, kind="preferred")
    with careless():
        lose("assignment_interpreter", gone.pk)

        report = sweep(now=NOW, slot="s", actor=COMMAND)

        assert report.count("failed") == 0
        assert pool_status(now=NOW).processing == 0
        states_now = dict(Booking.objects.values_list("ref", "state"))
        assert (states_now["usual"], states_now[bound.ref]) == ("approved", "approved")
        assert usual.assignments.get().interpreter == here
        assert sorted(thing.rsplit(" ", 1)[0] for thing, _ in dangling()) == [
            "assignment",
            "named interpreter",
        ]
        assert dangling()[0][1] == (
            "Its interpreter is gone: restore that row from a backup, or cancel what refers to it."
        )
        assert list(overlaps()) == list(states()) == []
        InterpreterFactory(pk=gone.pk, ref="gone")
    assert dangling() == []


def test_a_plan_whose_figures_have_the_wrong_shape_is_left_and_named() -> None:
    InterpreterFactory()
    good = ReadyFactory(ref="good")
    bad = ReadyFactory(ref="bad", starts_at=after(days=2))
    plan = Plan.objects.get(pk=preview_sweep(now=NOW).plan or 0)
    row = PlanRow.objects.filter(plan=plan, booking=bad)
    row.update(chosen=[999_999])

    done = apply_plan(plan, leave_out=(), now=NOW, actor=COMMAND, reason="As shown.")

    assert (done.applied, [ref for ref, _ in done.stale]) == (1, ["bad"])
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.pool_status, bad.pool_processing_attempts) == ("approved", "ready", 0)
