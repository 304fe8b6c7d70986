"""``pool_status --next``: what the next claims take, in their order."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling import pool
from pooling.status import NEXT_SHOWN, next_ready
from tests.pooling.entries import NOW, in_days, pooled

pytestmark = pytest.mark.django_db


def ready(ref: str, *, deadline: float, **fields: Any) -> Booking:
    return pooled(ref, start=9, deadline=deadline, status="ready", **fields)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("pool_status", "--now", NOW.isoformat(), *arguments, stdout=out)
    return out.getvalue()


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told("--json", *arguments))
    return found


def test_the_next_entries_are_listed_in_the_order_in_which_they_are_claimed() -> None:
    late, soon = ready("LATE", deadline=-1), ready("SOON", deadline=-3)
    ready("BACK-OFF", deadline=-9, pool_next_attempt_at=in_days(1))
    pooled("WAITING", start=9, deadline=-9)

    assert answer("--next")["next"] == [
        {"booking": "SOON", "deadline": "2027-01-29T08:00:00Z"},
        {"booking": "LATE", "deadline": "2027-01-31T08:00:00Z"},
    ]
    claimed = pool.claim(pool.takeable(now=NOW), limit=2, actor=COMMAND, operation_key="")
    assert claimed.ids == (soon.pk, late.pk)
    assert answer("--next")["next"] == []


def test_it_is_listed_when_it_is_asked_for_and_for_people_too() -> None:
    ready("SOON", deadline=-3)

    assert "next" not in answer()
    assert "SOON" not in told()
    last = told("--next").splitlines()[-1]
    assert last.split() == ["next", "SOON", "deadline", "2027-01-29T08:00:00Z"]


def test_no_more_than_a_hundred_are_listed() -> None:
    for number in range(NEXT_SHOWN + 1):
        ready(f"B-{number:03}", deadline=-3)

    assert [ref for ref, _ in next_ready(now=NOW)] == [f"B-{n:03}" for n in range(100)]
