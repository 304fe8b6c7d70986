"""A number agrees with the noun that it counts."""

from __future__ import annotations

import pytest

from assignment.wording import counted


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 entries"),
        (1, "1 entry"),
        (2, "2 entries"),
        (1_500, "1,500 entries"),
        (1.0, "1 entry"),
        (1.5, "1.5 entries"),
    ],
)
def test_a_noun_follows_its_number(number: float, text: str) -> None:
    assert counted(number, "entry", "entries") == text
