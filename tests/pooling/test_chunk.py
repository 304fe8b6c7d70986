"""All effects of a chunk are one transaction."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from assignment.audit import COMMAND
from assignment.models import Assignment, Booking, Operation
from pooling import pool
from pooling.chunk import Work, apply_chunk
from pooling.models import PlanRow
from tests.factories.bookings import NOW, ReadyFactory, after
from tests.factories.people import InterpreterFactory
from tests.pooling.refusing import trail_that_refuses
from tests.pooling.steps import digest
from tests.pooling.test_applying import plan_everything


@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_the_trail_cannot_tell_binds_and_settles_nothing() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    ReadyFactory.create(starts_at=after(days=2))
    draft = plan_everything()
    claimed = pool.claim(Booking.objects.all(), limit=2, actor=COMMAND, operation_key="key")
    operation = Operation.objects.create(key="key", kind="sweep", business_now=NOW, actor="test")
    work = Work(operation=operation, policy=draft.policy, now=NOW, actor=COMMAND)
    before = digest()

    with trail_that_refuses(), pytest.raises(IntegrityError, match="append_only"):
        apply_chunk(list(PlanRow.objects.all()), token=claimed.token, work=work)

    assert digest() == before
    assert apply_chunk(list(PlanRow.objects.all()), token=claimed.token, work=work) == []
    assert Assignment.objects.count() == 2
