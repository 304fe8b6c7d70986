"""The backoff, and the rule of the last half hour, as properties."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pooling.retries import backoff, next_attempt

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
REFS = st.text(min_size=1, max_size=64)


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 900), (7, 900), (1_000_000, 900)],
)
def test_the_backoff_doubles_up_to_its_cap(attempt: int, seconds: int) -> None:
    waits = [backoff(f"BK-{number}", attempt=attempt).total_seconds() for number in range(500)]

    assert seconds * 0.8 <= min(waits) < seconds * 0.81
    assert seconds * 1.19 < max(waits) <= seconds * 1.2


@given(ref=REFS, attempt=st.integers(min_value=1, max_value=10**6))
def test_the_backoff_is_always_within_its_bounds(ref: str, attempt: int) -> None:
    bound = dt.timedelta(seconds=min(900, 30 * 2 ** min(attempt - 1, 20)))

    assert bound * 0.8 <= backoff(ref, attempt=attempt) <= bound * 1.2


@given(ref=REFS, attempt=st.integers(min_value=1, max_value=10**6))
def test_the_jitter_is_the_same_in_a_repetition(ref: str, attempt: int) -> None:
    assert backoff(ref, attempt=attempt) == backoff(ref, attempt=attempt)


@given(
    ref=REFS,
    attempt=st.integers(min_value=1, max_value=10**6),
    minutes=st.integers(min_value=-100, max_value=200),
)
def test_no_attempt_comes_later_than_half_an_hour_before_the_start(
    ref: str, attempt: int, minutes: int
) -> None:
    start = NOW + dt.timedelta(minutes=minutes)
    moment = next_attempt(ref, attempt=attempt, starts_at=start, now=NOW)
    earliest = NOW + backoff(ref, attempt=attempt)

    if earliest <= start - dt.timedelta(minutes=30):
        assert moment == earliest
    else:
        assert moment is None


def test_exactly_half_an_hour_before_the_start_is_in_time() -> None:
    wait = backoff("BK-1", attempt=1)
    last = NOW + wait + dt.timedelta(minutes=30)
    tick = dt.timedelta(microseconds=1)

    assert next_attempt("BK-1", attempt=1, starts_at=last, now=NOW) == NOW + wait
    assert next_attempt("BK-1", attempt=1, starts_at=last - tick, now=NOW) is None
