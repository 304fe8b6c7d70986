"""Figures to nine decimals."""

from __future__ import annotations

import pytest

from assignment.engine.rounding import rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (2.0, "2.0"), (-0.0, "0.0"), (1 / 3, "0.333333333"), (-1e-10, "0.0")],
)
def test_a_figure_has_nine_decimals_and_no_negative_zero(value: float, text: str) -> None:
    assert repr(rounded(value)) == repr(rounded(value)) == text
