"""An older worker beside a newer one: what it does not know it leaves alone, and goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.enums import Mode
from assignment.errors import NewerVersionError
from assignment.models import AuditEvent, Booking, Policy
from assignment.policies import current_policy
from monitoring.repair import repair_integrity
from pooling.emergency import process_emergency
from pooling.models import Plan, Run
from pooling.policy_switch import apply_policy
from pooling.runs import Order, open_run
from pooling.status import pool_status
from pooling.sweep import sweep
from pooling.tick import tick
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.monitoring.audits.spoiling import drop_constraints, unguarded
from tests.pooling.steps import columns

pytestmark = pytest.mark.django_db


def switch() -> object:
    """Put another mode in force."""
    values = replace(current_policy(), mode=Mode.URGENT)
    return apply_policy(values, reason="Storm.", now=NOW, actor=COMMAND, acknowledged=None)


DEEDS: dict[str, Callable[[], object]] = {
    "sweep": lambda: sweep(now=NOW, slot="s", actor=COMMAND),
    "tick": lambda: tick(now=NOW, actor=COMMAND),
    "emergency": lambda: process_emergency(now=NOW, actor=COMMAND, reason="Storm.", key="e"),
    "switch": switch,
    "status": lambda: pool_status(now=NOW),
    "repair": lambda: repair_integrity(now=NOW, actor=COMMAND, schema=False),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_an_entry_in_an_unknown_state_is_left_alone(deed: str) -> None:
    InterpreterFactory()
    strange = ReadyFactory()
    usual = ReadyFactory(starts_at=after(days=2))
    with unguarded():
        Booking.objects.filter(pk=strange.pk).update(pool_status="resting")
        before = columns(strange)

        DEEDS[deed]()

        assert columns(strange) == before
        events = AuditEvent.objects.filter(object_ref=strange.ref)
        assert [event.to_state for event in events] == ["resting"] * (deed == "repair")
        if deed in ("sweep", "tick", "emergency"):
            assert Booking.objects.get(pk=usual.pk).state == "approved"
        Booking.objects.filter(pk=strange.pk).update(pool_status="ready")


def test_nothing_is_decided_under_an_unknown_mode_and_the_message_says_what_to_do() -> None:
    InterpreterFactory()
    booking = ReadyFactory()
    drop_constraints(Policy)
    newer = Policy.objects.get()
    newer.pk, newer.version, newer.mode = None, 2, "CALM"
    newer.save()

    for deed in ("sweep", "tick", "emergency"):
        with pytest.raises(NewerVersionError, match="“CALM” in force is of a newer version"):
            DEEDS[deed]()

    assert columns(booking, "pool_status", "pool_processing_attempts", "pool_fence") == {
        "pool_status": "ready",
        "pool_processing_attempts": 0,
        "pool_fence": 0,
    }
    newer.delete()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    assert tick(now=NOW, actor=COMMAND).count("assigned") == 1


@pytest.mark.parametrize("fields", [{"kind": "joint"}, {"state": "solving"}])
def test_a_run_of_an_unknown_kind_or_state_is_left_to_those_who_know_it(
    fields: dict[str, str],
) -> None:
    order = Order(kind=Plan.Kind.TICK, key="k", now=NOW, actor=COMMAND, reason="Entries.")
    run = open_run(order)
    long_ago = NOW - dt.timedelta(days=400)
    Run.objects.filter(pk=run.pk).update(started_at=long_ago, **fields)
    before = Run.objects.filter(pk=run.pk).values().get()

    assert tick(now=NOW, actor=COMMAND).steps["resumed"] == 0

    assert Run.objects.filter(pk=run.pk).values().get() == before


def test_the_same_run_of_a_known_kind_is_brought_to_its_end() -> None:
    order = Order(kind=Plan.Kind.TICK, key="k", now=NOW, actor=COMMAND, reason="Entries.")
    run = open_run(order)
    Run.objects.filter(pk=run.pk).update(started_at=NOW - dt.timedelta(days=400))

    assert tick(now=NOW, actor=COMMAND).steps["resumed"] == 1

    assert Run.objects.get(pk=run.pk).state == "done"
