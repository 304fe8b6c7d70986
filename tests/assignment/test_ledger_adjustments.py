"""What the database itself refuses of adjustments, and the kinds that it tells apart."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from assignment.enums import AdjustmentKind
from assignment.models import LedgerAdjustment, Policy
from assignment.policies import current_policy
from tests.factories.bookings import NOW
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db


def adjustment(*, minutes: int = 30, kind: str = "credit", reason: str = "Travel") -> None:
    """Write an adjustment past every form."""
    with transaction.atomic():
        LedgerAdjustment.objects.create(
            interpreter=InterpreterFactory(),
            minutes=minutes,
            kind=kind,
            effective_at=NOW,
            reason=reason,
        )


@pytest.mark.parametrize("minutes", [-120_000, -1, 1, 120_000])
def test_minutes_up_to_the_bound_are_kept(minutes: int) -> None:
    adjustment(minutes=minutes)

    assert LedgerAdjustment.objects.get().minutes == minutes


@pytest.mark.parametrize("minutes", [-120_001, 0, 120_001, 2_147_483_647])
def test_the_database_refuses_other_minutes(minutes: int) -> None:
    with pytest.raises(IntegrityError):
        adjustment(minutes=minutes)


@pytest.mark.parametrize("minutes", [-30, 30])
def test_not_to_be_available_costs_nothing(minutes: int) -> None:
    adjustment(minutes=0, kind="not_available")

    with pytest.raises(IntegrityError):
        adjustment(minutes=minutes, kind="not_available")


def test_decline_silence_and_not_available_are_three_things() -> None:
    kinds = ("declined", "no_answer", "not_available")
    for kind in kinds:
        adjustment(minutes=0 if kind == "not_available" else 30, kind=kind)

    assert set(LedgerAdjustment.objects.values_list("kind", flat=True)) == set(kinds)
    assert set(kinds) < set(AdjustmentKind.values)


@pytest.mark.parametrize(("kind", "reason"), [("gift", "Travel"), ("", "Travel"), ("credit", "")])
def test_the_database_refuses_an_unknown_kind_and_no_reason(kind: str, reason: str) -> None:
    with pytest.raises(IntegrityError):
        adjustment(kind=kind, reason=reason)


def test_the_database_refuses_an_unknown_fair_share() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(version=current_policy().version).update(fair_share="luck")
