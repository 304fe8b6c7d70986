"""What the audit trail cannot tell does not happen, whichever arrow it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError

from assignment.audit import COMMAND
from assignment.enums import BookingState
from assignment.models import Booking
from pooling import pool
from tests.factories.bookings import NOW, FailedFactory, ProcessingFactory, after
from tests.pooling.pool.test_entering import every
from tests.pooling.refusing import trail_that_refuses
from tests.pooling.steps import digest

ALL = Booking.objects.all
TOLD = {"actor": COMMAND, "reason": "Because."}
VERBS: dict[str, Callable[[], object]] = {
    "make ready": lambda: pool.make_ready(now=after(days=30), actor=COMMAND),
    "try now": lambda: pool.try_now(ALL(), **TOLD),  # type: ignore[arg-type]
    "call up": lambda: pool.call_up(**TOLD, operation_key="key"),  # type: ignore[arg-type]
    "put back": lambda: pool.put_back(ALL(), **TOLD, action="retry"),  # type: ignore[arg-type]
    "escalate": lambda: pool.escalate(ALL(), code="by_hand", text="x", now=NOW, actor=COMMAND),
    "close": lambda: pool.close(
        ALL(),
        state=BookingState.CANCELLED,
        action="cancel",
        **TOLD,  # type: ignore[arg-type]
    ),
    "reopen": lambda: pool.reopen(ALL(), **TOLD),  # type: ignore[arg-type]
    "claim": lambda: pool.claim(ALL(), limit=9, actor=COMMAND, operation_key="key"),
    "rescue": lambda: pool.rescue(actor=COMMAND),
    "release": lambda: pool.release(
        Booking.objects.get(ref="held"),
        token="elsewhere-1/1/a",
        error="It broke.",
        now=NOW,
        actor=COMMAND,
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_the_trail_refuses_changes_nothing(verb: str) -> None:
    every()
    FailedFactory.create()
    ProcessingFactory.create(ref="held")
    ProcessingFactory.create(ref="lost", pool_lease_until=NOW - dt.timedelta(days=9_000))
    before = digest()

    with trail_that_refuses(), pytest.raises(IntegrityError, match="append_only"):
        VERBS[verb]()

    assert digest() == before
