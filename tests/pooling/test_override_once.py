"""The preview of an override is carried out once, by its own pages, one at a time."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.audit import COMMAND
from assignment.errors import ConflictError, RefusedError
from pooling.models import Run
from pooling.plans import apply_plan
from tests.factories.bookings import NOW, ReadyFactory
from tests.factories.people import InterpreterFactory
from tests.pooling.carrying_out import REASON, carry_out, shown
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db


def test_a_second_confirmation_has_no_effect_and_gives_the_first_result() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    plan = shown()
    first = carry_out(plan).as_json()
    before = digest()

    assert carry_out(plan).as_json() == first
    assert digest() == before


@pytest.mark.parametrize(
    "other", [{"reason": "The flood."}, {"leave_out": (1,)}], ids=["reason", "rows"]
)
def test_a_confirmation_of_something_else_is_a_conflict(other: dict[str, Any]) -> None:
    InterpreterFactory.create()
    ReadyFactory.create(pk=1)
    plan = shown()
    carry_out(plan)
    before = digest()

    with pytest.raises(ConflictError, match=r"^This was done already, by command line at "):
        carry_out(plan, **other)
    assert digest() == before


def test_a_preview_is_refused_while_another_override_runs() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    first, second = shown(), shown()
    carry_out(first)
    Run.objects.update(state="applying")
    before = digest()

    with pytest.raises(RefusedError, match="runs already, started by command line at "):
        carry_out(second)
    assert digest() == before


def test_a_preview_of_an_override_is_carried_out_by_nothing_else() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    plan = shown()

    with pytest.raises(RefusedError, match="is the preview of an emergency override"):
        apply_plan(plan, leave_out=(), now=NOW, actor=COMMAND, reason=REASON)
    assert not Run.objects.exists()
