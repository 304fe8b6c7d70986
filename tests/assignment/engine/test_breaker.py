"""The breaker opens after five failures within 30 seconds, and tries again after 30."""

from __future__ import annotations

import pytest

from assignment.engine.breaker import Breaker
from assignment.errors import CounterError


class Clock:
    """Seconds that pass when they are told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(clock: Clock) -> Breaker:
    """A breaker that opened this moment."""
    breaker = Breaker(clock=clock)
    for _ in range(5):
        breaker.failed()
    return breaker


def test_four_failures_leave_it_closed_and_the_fifth_opens_it(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    for _ in range(4):
        breaker.failed()
    breaker.require_closed()
    breaker.failed()

    assert breaker.is_open
    with pytest.raises(CounterError, match="within 30 seconds"):
        breaker.require_closed()


def test_five_failures_over_more_than_thirty_seconds_leave_it_closed(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    for _ in range(5):
        breaker.failed()
        clock.now += 8

    breaker.require_closed()


def test_a_success_between_begins_the_count_anew(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    breaker.failed()

    breaker.require_closed()


def test_after_thirty_seconds_one_call_tries_while_others_wait(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 29.9
    assert breaker.is_open
    clock.now += 0.1

    breaker.require_closed()
    with pytest.raises(CounterError):
        breaker.require_closed()
    breaker.succeeded()
    breaker.require_closed()


def test_a_trial_that_fails_opens_it_for_thirty_seconds_more(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 30
    breaker.require_closed()
    breaker.failed()
    clock.now += 29.9

    assert breaker.is_open
