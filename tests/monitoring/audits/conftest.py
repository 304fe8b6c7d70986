"""One sample for all audits of bookings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from assignment.audit import COMMAND
from pooling.sample.loading import load_sample
from pooling.sweep import sweep
from pooling.tick import tick
from tests.monitoring.audits.spoiling import NOW, codes, unguarded
from tests.standing import standing


def work() -> None:
    """Load a sample, and let one sweep decide what is due."""
    load_sample(bookings=120, interpreters=42, seed=7, start=NOW.date(), now=NOW, actor=COMMAND)
    sweep(now=NOW, slot="first", actor=COMMAND)
    tick(now=NOW, actor=COMMAND)
    assert codes() == []


@pytest.fixture(scope="module")
def worked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A sample of which one sweep has decided what was due; nothing is to be found in it."""
    with standing(work, blocker=django_db_blocker):
        yield


@pytest.fixture
def bare(worked: None, db: None) -> Iterator[None]:
    """The same, with the protections dropped: still nothing is to be found in its rows."""
    with unguarded():
        yield
