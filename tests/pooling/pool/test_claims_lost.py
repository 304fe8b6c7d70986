"""Claims that were lost: a stale token changes nothing, and rescue frees what died."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import F

from assignment.audit import COMMAND
from assignment.clock import database_now
from assignment.errors import LeaseLostError
from assignment.models import AuditEvent, Booking
from pooling import pool
from tests.factories.bookings import NOW, ProcessingFactory, ReadyFactory, after
from tests.pooling.pool.test_claims import release, take
from tests.pooling.pool.test_entering import OUTSIDE, every
from tests.pooling.steps import columns, digest, steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Booking:
    """An entry in the claim of another worker, with an hour left."""
    booking: Booking = ProcessingFactory.create()
    Booking.objects.update(pool_lease_until=database_now() + dt.timedelta(hours=1))
    return booking


STALE: dict[str, Callable[[Booking, str], object]] = {
    "assigned": lambda row, token: pool.settle_assigned(
        [row], token=token, actor=COMMAND, operation_key="", policy_version=1
    ),
    "escalated": lambda row, token: pool.settle_escalated(
        [pool.Escalation(booking=row, code="too_few", text="1 of 2 can.")],
        token=token,
        now=NOW,
        actor=COMMAND,
        operation_key="",
        policy_version=1,
    ),
    "unclaimed": lambda row, token: pool.unclaim([row], token=token, reason="x", actor=COMMAND),
    "released": lambda row, token: release(row, token=token),
}


@pytest.mark.parametrize("verb", STALE)
def test_a_stale_token_changes_nothing(held: Booking, verb: str) -> None:
    before = digest()
    with pytest.raises(LeaseLostError):
        STALE[verb](held, "elsewhere-1/1/an older claim")

    assert digest() == before


def test_a_stale_token_renews_nothing(held: Booking) -> None:
    before = digest()

    assert pool.renew("elsewhere-1/1/an older claim") == 0
    assert digest() == before


def test_one_stale_entry_keeps_the_whole_chunk_from_settling(held: Booking) -> None:
    mine = ReadyFactory.create()
    claimed = take()
    with pytest.raises(LeaseLostError), transaction.atomic():
        pool.settle_assigned(
            [mine, held], token=claimed.token, actor=COMMAND, operation_key="", policy_version=1
        )

    assert columns(mine, "pool_status") == {"pool_status": "processing"}


@pytest.mark.parametrize(("seconds", "rescued"), [(-1, 1), (60, 0)])
def test_rescue_goes_by_the_clock_of_the_database(
    held: Booking, seconds: int, rescued: int
) -> None:
    until = database_now() + dt.timedelta(seconds=seconds)
    Booking.objects.update(pool_lease_until=until)

    assert pool.rescue(actor=COMMAND) == rescued
    assert steps(held) == [("rescue", "processing", "ready")] * rescued


def test_rescue_keeps_the_attempt_and_frees_the_lease(held: Booking) -> None:
    Booking.objects.update(pool_lease_until=NOW - dt.timedelta(days=9_000))
    pool.rescue(actor=COMMAND)

    assert columns(held) == OUTSIDE | {
        "pool_status": "ready",
        "pool_entry_time": NOW,
        "pool_deadline_time": after(days=-9),
        "pool_processing_attempts": 1,
        "pool_fence": 1,
        "pool_last_error": "Its worker died or its lease ran out.",
    }


@pytest.mark.parametrize(("claims", "to"), [(5, "ready"), (6, "failed")])
def test_an_entry_that_kills_its_workers_ends_as_a_dead_letter(
    held: Booking, claims: int, to: str
) -> None:
    long_ago = NOW - dt.timedelta(days=9_000)
    Booking.objects.update(pool_lease_until=long_ago, pool_processing_attempts=claims)
    pool.rescue(actor=COMMAND)

    action = "rescue" if to == "ready" else "fail"
    assert steps(held) == [(action, "processing", to)]
    code = "" if to == "ready" else "worker_lost"
    assert AuditEvent.objects.get().reason_code == code


def test_rescue_leaves_all_other_states_alone() -> None:
    rows = every()
    Booking.objects.filter(pk=rows["processing"].pk).delete()
    before = digest()

    assert pool.rescue(actor=COMMAND) == 0
    assert digest() == before


def test_rescue_goes_on_where_it_stopped() -> None:
    long_ago = NOW - dt.timedelta(days=9_000)
    ProcessingFactory.create_batch(1_003, pool_lease_until=long_ago)

    assert [pool.rescue(actor=COMMAND) for _ in range(3)] == [1_000, 3, 0]
    ready = Booking.objects.filter(pool_status="ready", pool_fence=F("pool_processing_attempts"))
    assert ready.count() == 1_003
