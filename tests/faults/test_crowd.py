"""A thousand claims, an override beside a sweep, a switch in mid-batch: each entry once."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import pytest
from django.db import connection
from django.db.models import Count

from assignment.audit import COMMAND
from assignment.enums import Mode
from assignment.errors import RefusedError
from assignment.models import Assignment, AuditEvent, Booking, Decision
from assignment.policies import current_policy
from pooling import pool
from pooling.emergency import process_emergency
from pooling.models import Plan, PlanRow, Run
from pooling.policy_switch import apply_policy
from pooling.sweep import sweep
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.faults.forks import fork, wait_for
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)
CLAIMERS, CLAIMS_EACH = 20, 50
REFUSED = "An emergency override runs already, started by command line at "


def work(count: int) -> None:
    """Eight people, and due bookings one hour after the other."""
    InterpreterFactory.create_batch(8)
    for number in range(count):
        ReadyFactory(starts_at=after(days=1, hours=number))


@pytest.mark.postgres_only
def test_a_thousand_claims_of_twenty_processes_take_each_entry_once() -> None:
    wanted = CLAIMERS * CLAIMS_EACH
    rows = [ReadyFactory.build(ref=f"B{number:04}") for number in range(wanted + 200)]
    Booking.objects.bulk_create(rows, batch_size=500)
    start = time.time() + 2

    def claim() -> None:
        time.sleep(max(0.0, start - time.time()))
        for _ in range(CLAIMS_EACH):
            taken = pool.claim(Booking.objects.all(), limit=1, actor=COMMAND, operation_key="c")
            assert len(taken.ids) == 1

    assert wait_for([fork(claim) for _ in range(CLAIMERS)]) == [0] * CLAIMERS

    events = AuditEvent.objects.filter(action="claim").values("object_ref").annotate(Count("pk"))
    assert [row["pk__count"] for row in events] == [1] * wanted
    held = Booking.objects.filter(pool_status="processing")
    assert held.values("pool_claimed_by").distinct().count() == wanted
    assert set(held.values_list("pool_processing_attempts", "pool_fence")) == {(1, 1)}


def override(name: str) -> None:
    """The emergency override; one of two at once is refused with who and since when."""
    try:
        process_emergency(now=NOW, actor=COMMAND, reason="Storm.", key=f"emergency:{name}")
    except RefusedError as refusal:
        if not str(refusal).startswith(REFUSED):
            raise


def test_overrides_beside_a_sweep_process_each_entry_once() -> None:
    work(150)
    deeds = (
        partial(sweep, now=NOW, slot="s", actor=COMMAND),
        partial(override, "one"),
        partial(override, "two"),
    )

    assert wait_for([fork(deed) for deed in deeds]) == [0] * 3

    assert Booking.objects.filter(state="approved").count() == 150
    assert Assignment.objects.count() == Decision.objects.count() == 150
    starts = AuditEvent.objects.filter(action="emergency").count()
    assert Run.objects.filter(kind=Plan.Kind.EMERGENCY).count() == starts >= 1
    for run in Run.objects.all():
        results = PlanRow.objects.filter(plan__run=run).exclude(result="").count()
        assert run.assigned + run.escalated + run.failed + run.pooled == results
    assert_sound()


def test_a_switch_in_mid_batch_leaves_every_decision_under_one_recorded_version() -> None:
    work(450)
    worker = fork(lambda: sweep(now=NOW, slot="s", actor=COMMAND))
    while not Booking.objects.filter(state="approved").exists():
        time.sleep(0.02)

    values = replace(current_policy(), mode=Mode.URGENT)
    apply_policy(values, reason="Storm.", now=NOW, actor=COMMAND, acknowledged=None)
    connection.close()

    assert wait_for([worker]) == [0]
    assert Booking.objects.filter(state="approved").count() == 450
    assert set(Decision.objects.values_list("policy__version", flat=True)) == {1}
    versions = AuditEvent.objects.filter(action="assign").values_list("policy_version", flat=True)
    assert set(versions) == {1}
    assert current_policy().version == 2
    assert_sound()
