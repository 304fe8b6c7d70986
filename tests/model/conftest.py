"""The asserts of the deeds tell what they compared, as those of tests do."""

from __future__ import annotations

import pytest

DEEDS = ("breaking", "claiming", "deciding", "entering", "ruling")

pytest.register_assert_rewrite(
    "tests.model.walk",
    "tests.model.watch",
    "tests.model.world",
    *(f"tests.model.deeds.{name}" for name in DEEDS),
)
