"""Who holds a claim, and whether that process still lives."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import pytest

from assignment.audit import COMMAND
from assignment.clock import database_now
from pooling import pool
from pooling.worker import claim_token, is_known_dead
from tests.factories.bookings import ProcessingFactory
from tests.pooling.steps import columns, steps


def token_of(number: int) -> str:
    """A token as the process of this number on this host would have made it."""
    host, _, unique = claim_token().rsplit("/", 2)
    return f"{host}/{number}/{unique}"


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended and was collected."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_token_names_its_process_and_is_never_the_same_twice() -> None:
    first, second = claim_token(), claim_token()

    assert first != second
    assert first.split("/")[1] == str(os.getpid())
    assert len(first) <= 100


def test_a_process_that_has_ended_here_is_known_dead(ended: int) -> None:
    assert is_known_dead(token_of(ended))


def test_this_process_lives() -> None:
    assert not is_known_dead(claim_token())


@pytest.mark.parametrize("token", ["", "/", "host", "elsewhere-1/1/a", "a/b/c", "//"])
def test_of_all_others_nothing_is_known(token: str) -> None:
    assert not is_known_dead(token)


def test_another_boot_of_this_host_is_not_mistaken(ended: int) -> None:
    assert not is_known_dead(token_of(ended).replace("-", "-0", 1))


@pytest.mark.django_db
def test_rescue_takes_the_claim_of_a_dead_process_before_its_lease_ends(ended: int) -> None:
    tomorrow = database_now() + dt.timedelta(days=1)
    lost, mine, foreign = (
        ProcessingFactory.create(pool_claimed_by=token, pool_lease_until=tomorrow)
        for token in (token_of(ended), claim_token(), "elsewhere-1/1/a")
    )

    assert pool.rescue(actor=COMMAND) == 1
    assert steps(lost) == [("rescue", "processing", "ready")]
    for living in (mine, foreign):
        assert columns(living, "pool_status") == {"pool_status": "processing"}
