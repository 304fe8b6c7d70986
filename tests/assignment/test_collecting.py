"""The collector of cycles rests for a while, and only then."""

from __future__ import annotations

import gc

import pytest

from assignment.collecting import at_rest


def rests_and_breaks() -> None:
    with at_rest():
        assert not gc.isenabled()
        raise RuntimeError("It broke.")


def test_the_collector_rests_inside_alone_whatever_happens_there() -> None:
    with pytest.raises(RuntimeError, match="broke"):
        rests_and_breaks()

    assert gc.isenabled()


def test_who_let_it_rest_before_finds_it_so() -> None:
    with at_rest():
        with at_rest():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()
