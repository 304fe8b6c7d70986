"""Claims: counted when taken, fenced by their token, rescued when their lease ran out."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assignment.audit import COMMAND, Actor, new_correlation_id
from assignment.clock import database_now
from assignment.expressions import Among
from assignment.models import AuditEvent, Booking
from pooling import pool
from pooling.pool.claims import Claim
from pooling.retries import backoff
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.pooling.pool.test_entering import OUTSIDE, every
from tests.pooling.steps import columns, steps

pytestmark = pytest.mark.django_db


def take(limit: int = 10) -> Claim:
    """Claim whatever is ready."""
    return pool.claim(Booking.objects.all(), limit=limit, actor=COMMAND, operation_key="key")


def test_a_claim_takes_the_ready_alone_and_counts_the_attempt() -> None:
    rows = every()
    before = database_now()

    claimed = take()

    assert claimed.ids == (rows["ready"].pk,)
    found = columns(rows["ready"])
    lease = dt.timedelta(seconds=settings.POOL_LEASE_SECONDS)
    assert before + lease <= found["pool_lease_until"] <= database_now() + lease
    assert found | {"pool_lease_until": None} == OUTSIDE | {
        "pool_status": "processing",
        "pool_entry_time": NOW,
        "pool_deadline_time": after(days=-9),
        "pool_claimed_by": claimed.token,
        "pool_fence": 1,
        "pool_processing_attempts": 1,
    }
    assert steps(rows["ready"]) == [("claim", "ready", "processing")]
    assert {name for name, row in rows.items() if steps(row)} == {"ready"}
    assert AuditEvent.objects.get().operation_key == "key"


def test_a_claim_takes_the_earliest_deadlines_first() -> None:
    late, early, older = (
        ReadyFactory.create(ref=ref, pool_deadline_time=after(hours=hours), pool_entry_time=entry)
        for ref, hours, entry in (
            ("A", -1, NOW),
            ("B", -2, NOW),
            ("C", -2, after(hours=-1)),
        )
    )

    assert take(limit=2).ids == (older.pk, early.pk)
    assert take(limit=2).ids == (late.pk,)
    assert take().ids == ()


def test_a_claim_of_no_keys_takes_nothing() -> None:
    ReadyFactory.create()

    nothing = Booking.objects.filter(Among("pk", ()))

    assert pool.claim(nothing, limit=9, actor=COMMAND, operation_key="key").ids == ()


def test_the_trail_tells_of_a_claim_as_the_entry_was_before() -> None:
    user = User.objects.create(username="lea")
    booking = ReadyFactory.create(ref="B-7", pool_fence=4, pool_processing_attempts=2)
    correlation = new_correlation_id()

    pool.claim(
        Booking.objects.filter(pk=booking.pk),
        limit=1,
        actor=Actor.of_user(user),
        operation_key="admin:1",
    )

    told = dict(AuditEvent.objects.values().get())
    del told["id"], told["at"]
    assert told == {
        "actor_kind": "user",
        "actor": "lea",
        "user_id": user.pk,
        "action": "claim",
        "object_type": "booking",
        "object_ref": "B-7",
        "from_state": "ready",
        "to_state": "processing",
        "reason_code": "",
        "reason": "Taken under a lease.",
        "changes": {},
        "policy_version": None,
        "attempt": 2,
        "fence": 4,
        "operation_key": "admin:1",
        "correlation_id": correlation,
    }
    assert columns(booking, "pool_fence", "pool_processing_attempts") == {
        "pool_fence": 5,
        "pool_processing_attempts": 3,
    }


def test_two_claims_have_two_tokens() -> None:
    ReadyFactory.create_batch(2)

    assert take(limit=1).token != take(limit=1).token


def test_an_attempt_survives_the_rollback_of_its_work() -> None:
    booking = ReadyFactory.create()
    claimed = take()
    with transaction.atomic():
        pool.settle_assigned(
            [booking], token=claimed.token, actor=COMMAND, operation_key="", policy_version=1
        )
        transaction.set_rollback(True)

    assert columns(booking, "pool_status", "pool_processing_attempts", "pool_claimed_by") == {
        "pool_status": "processing",
        "pool_processing_attempts": 1,
        "pool_claimed_by": claimed.token,
    }


def test_renew_pushes_the_lease_of_what_is_still_held() -> None:
    mine, lost = ReadyFactory.create_batch(2)
    claimed = take()
    Booking.objects.update(pool_lease_until=NOW)
    Booking.objects.filter(pk=lost.pk).update(pool_claimed_by="elsewhere-1/1/b")

    assert pool.renew(claimed.token) == 1
    assert columns(mine)["pool_lease_until"] > database_now()
    assert columns(lost)["pool_lease_until"] == NOW


def test_a_lease_goes_by_the_clock_of_the_database_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = ReadyFactory.create()
    right = dt.datetime.now(dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: after(days=9_000))

    pool.renew(take().token)

    lease = dt.timedelta(seconds=settings.POOL_LEASE_SECONDS)
    assert abs(columns(booking)["pool_lease_until"] - right - lease) < dt.timedelta(seconds=9)


def test_an_assignment_ends_a_claim() -> None:
    booking = ReadyFactory.create()
    claimed = take()
    pool.settle_assigned(
        [booking], token=claimed.token, actor=COMMAND, operation_key="key", policy_version=1
    )

    assert columns(booking) == OUTSIDE | {"pool_fence": 1}
    assert columns(booking, "state") == {"state": "approved"}


def test_an_escalation_ends_a_claim_with_its_reason() -> None:
    first, second = ReadyFactory.create_batch(2)
    claimed = take()
    pool.settle_escalated(
        [
            pool.Escalation(booking=first, code="nobody_qualified", text="Nobody."),
            pool.Escalation(booking=second, code="nobody_available", text="Busy."),
        ],
        token=claimed.token,
        now=NOW,
        actor=COMMAND,
        operation_key="key",
        policy_version=1,
    )

    for booking, code, text in (
        (first, "nobody_qualified", "Nobody."),
        (second, "nobody_available", "Busy."),
    ):
        assert columns(booking) == OUTSIDE | {"pool_fence": 1}
        assert columns(booking, "escalated_at", "escalation_code", "escalation_text") == {
            "escalated_at": NOW,
            "escalation_code": code,
            "escalation_text": text,
        }


def test_unclaim_gives_the_attempt_back() -> None:
    booking = ReadyFactory.create()
    claimed = take()
    held = Booking.objects.get(pk=booking.pk)
    pool.unclaim([held], token=claimed.token, reason="Not now.", actor=COMMAND)

    assert columns(booking, "pool_status", "pool_processing_attempts", "pool_fence") == {
        "pool_status": "ready",
        "pool_processing_attempts": 0,
        "pool_fence": 1,
    }
    assert steps(booking)[1:] == [("unclaim", "processing", "ready")]


def release(booking: Booking, *, token: str, now: dt.datetime = NOW) -> str:
    """Release the entry as it is stored."""
    fresh = Booking.objects.get(pk=booking.pk)
    return pool.release(fresh, token=token, error="It broke.", now=now, actor=COMMAND)


def test_a_release_waits_for_the_backoff() -> None:
    booking = ReadyFactory.create()

    assert release(booking, token=take().token) == "ready"
    assert columns(booking) == OUTSIDE | {
        "pool_status": "ready",
        "pool_entry_time": NOW,
        "pool_deadline_time": after(days=-9),
        "pool_processing_attempts": 1,
        "pool_fence": 1,
        "pool_next_attempt_at": NOW + backoff(booking.ref, attempt=1),
        "pool_last_error": "It broke.",
    }
    assert steps(booking)[1:] == [("release", "processing", "ready")]


def test_a_release_that_would_come_too_late_escalates() -> None:
    booking = ReadyFactory.create()
    now = after(days=1, minutes=-30)

    assert release(booking, token=take().token, now=now) == "escalated"
    assert columns(booking) == OUTSIDE | {"pool_fence": 1}
    assert columns(booking, "escalated_at", "escalation_code", "escalation_text") == {
        "escalated_at": now,
        "escalation_code": "no_time_left",
        "escalation_text": "It broke.",
    }
    assert steps(booking)[1:] == [("release", "processing", "escalated")]


@pytest.mark.parametrize(("claims", "to"), [(5, "ready"), (6, "failed")])
def test_the_claim_after_the_fifth_is_the_last(claims: int, to: str) -> None:
    booking = ReadyFactory.create(pool_processing_attempts=claims - 1)

    assert release(booking, token=take().token) == to
    assert columns(booking, "pool_status", "pool_processing_attempts", "pool_last_error") == {
        "pool_status": to,
        "pool_processing_attempts": claims,
        "pool_last_error": "It broke.",
    }
