"""``kill -9`` after every SQL statement of a sweep, then again: nothing lost, nothing twice."""

from __future__ import annotations

import pytest
from django.db import connection

from assignment.models import Assignment, AuditEvent, Decision
from tests.faults.forks import Counter
from tests.faults.kept import deaths, kept
from tests.faults.service import make_service, outcome, run_ids, sweep_it
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = 4
"""The statements are dealt out to so many tests, which can run beside each other."""


def effects() -> tuple[int, int, int]:
    """How many assignments, decisions, and events of a finished claim there are."""
    ended = AuditEvent.objects.filter(action__in=("assign", "escalate")).count()
    return Assignment.objects.count(), Decision.objects.count(), ended


@pytest.mark.parametrize("part", range(PARTS))
def test_a_sweep_killed_after_any_statement_is_finished_by_the_next(part: int) -> None:
    make_service()
    counter = Counter()
    with kept():
        with connection.execute_wrapper(counter):
            sweep_it()
        undisturbed, counted = outcome(), effects()
        assert counted == (10, 11, 11)
        assert_sound(from_the_start=True)

        for number in deaths(range(1 + part, counter.count + 1, PARTS), sweep_it):
            before = run_ids()

            run = sweep_it()

            assert run_ids() == [run], f"statement {number}"
            assert before in ([], [run])
            assert outcome() == undisturbed, f"statement {number}"
            assert effects() == counted, f"statement {number}"
            assert_sound(from_the_start=True)
