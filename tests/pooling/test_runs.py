"""Opening a run: once per key, and not at all when it cannot be told."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from assignment.audit import COMMAND
from pooling.processing import process_entries
from tests.factories.bookings import NOW, ReadyFactory
from tests.pooling.refusing import trail_that_refuses
from tests.pooling.steps import digest


@pytest.mark.django_db(transaction=True)
def test_a_run_that_the_trail_refuses_is_not_opened_and_says_what_was_refused() -> None:
    ready = ReadyFactory.create()
    before = digest()

    with trail_that_refuses(), pytest.raises(IntegrityError, match="append_only"):
        process_entries([ready.pk], now=NOW, actor=COMMAND, key="key", reason="Now.")

    assert digest() == before
