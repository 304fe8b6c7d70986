"""What a policy may say of the ledger: the fair share, and unsocial hours."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from assignment.policies import DEFAULT
from assignment.policy_rules import validate
from assignment.policy_values import UnsocialHours


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (UnsocialHours(night_factor=3, weekend_factor=1, holiday_factor=2.5), []),
        (UnsocialHours(night_factor=0.9), ["night_factor_out_of_range"]),
        (UnsocialHours(weekend_factor=3.1), ["weekend_factor_out_of_range"]),
        (UnsocialHours(holiday_factor=math.nan), ["holiday_factor_not_a_number"]),
        (UnsocialHours(night_from=24), ["night_from_out_of_range"]),
        (UnsocialHours(night_until=-1), ["night_until_out_of_range"]),
        (UnsocialHours(holidays=("2026-12-25", "2028-02-29")), []),
        (UnsocialHours(holidays=("2026-02-29",)), ["holiday_unreadable"]),
        (UnsocialHours(holidays=("20261225",)), ["holiday_unreadable"]),
        (UnsocialHours(holidays=("2026-12-25",) * 201), ["holidays_too_many"]),
    ],
)
def test_unsocial_hours_are_factors_hours_and_dates(
    rule: UnsocialHours, expected: list[str]
) -> None:
    found = validate(replace(DEFAULT, unsocial=rule), interpreters=40)

    assert [finding.code for finding in found] == expected
    assert all(finding.severity == "error" for finding in found)


@pytest.mark.parametrize(
    ("fair_share", "expected"),
    [("outcome", []), ("opportunity", []), ("luck", [("fair_share_unknown", "error")])],
)
def test_the_fair_share_is_one_of_two(fair_share: str, expected: list[tuple[str, str]]) -> None:
    found = validate(replace(DEFAULT, fair_share=fair_share), interpreters=40)

    assert [(finding.code, finding.severity) for finding in found] == expected
