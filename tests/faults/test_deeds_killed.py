"""``kill -9`` after every so many statements of whatever is done once; then the same call again.

``KILL_EVERY=1`` kills after each statement; by default every fifth, and the two databases
begin at different ones.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from assignment.models import AuditEvent, Booking
from assignment.policies import current_policy
from assignment.snapshot import read_snapshot
from monitoring.audits.catalogue import AUDITS, SCHEMA
from tests.factories.bookings import NOW
from tests.faults.deeds import DEEDS, Deed, effects, prepare
from tests.faults.forks import Counter, kill_points
from tests.faults.kept import deaths, kept
from tests.faults.service import outcome
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)
Switched = tuple[int, dict[str, dt.datetime | None]]


def moments(deed: Deed) -> range:
    """Do it once undisturbed; return the statements after which it is to be killed."""
    counter = Counter()
    with connection.execute_wrapper(counter):
        deed.act()
    assert_whole()
    return kill_points(counter.count)


def assert_whole() -> None:
    """The independent check and the product's own audits of rows find nothing."""
    assert_sound(from_the_start=True)
    with read_snapshot():
        wrong = {a.code: a.examine(NOW).wrong for a in AUDITS if a.code not in SCHEMA}
    assert not any(wrong.values()), wrong


@pytest.mark.parametrize("name", ["entries", "emergency", "plan", "undo", "redo", "gate"])
def test_what_was_killed_is_done_once_by_the_same_call(name: str) -> None:
    deed = DEEDS[name]
    prepare(deed)
    with kept():
        numbers = moments(deed)
        whole = (outcome(), effects())

        for number in deaths(numbers, deed.act):
            assert_whole()

            deed.act()

            assert (outcome(), effects()) == whole, f"statement {number}"
            assert not Booking.objects.filter(pool_status="processing").exists()
            assert_whole()


def switched() -> Switched:
    """The version in force, and the deadlines of what waits under either mode."""
    rows = Booking.objects.filter(ref__startswith="held")
    return current_policy().version, dict(rows.values_list("ref", "pool_deadline_time"))


def test_a_policy_switch_that_was_killed_is_all_old_or_all_new() -> None:
    deed = DEEDS["policy"]
    prepare(deed)
    old = switched()
    with kept():
        numbers = moments(deed)
        whole, new = (outcome(), effects()), switched()
        assert (old[0], new[0]) == (1, 2)
        assert all(old[1][ref] != new[1][ref] for ref in new[1])

        seen = set()
        for number in deaths(numbers, deed.act):
            found = switched()
            assert found in (old, new), f"statement {number}"
            seen.add(found[0])
            events = AuditEvent.objects.filter(action="switch_mode").count()
            assert events == found[0] - 1, f"statement {number}"
            assert_whole()

            deed.act()

            assert (outcome(), effects()) == whole, f"statement {number}"
            assert switched() == new, f"statement {number}"
            assert_whole()
    assert seen == {1, 2}
