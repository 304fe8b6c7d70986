"""The connection is cut at a COMMIT, before or after the server has seen it: one effect."""

from __future__ import annotations

from itertools import count

import pytest

from assignment.models import AuditEvent, Booking
from tests.faults.deeds import DEEDS, effects, prepare
from tests.faults.forks import fork, wait_for
from tests.faults.kept import kept, put_back
from tests.faults.proxy import cutting
from tests.faults.service import State, outcome
from tests.invariants import assert_sound

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


NAMES = ("sweep", "entries", "policy", "emergency", "undo")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", NAMES)
def test_a_cut_at_any_commit_leaves_one_effect(name: str, after: bool) -> None:
    deed = DEEDS[name]
    prepare(deed)
    with kept():
        deed.act()
        whole: tuple[State, dict[str, int]] = (outcome(), effects())
        assert_sound(from_the_start=True)

        for number in count(1):
            put_back()
            with cutting(number, after=after) as proxy:
                wait_for([fork(proxy.through(deed.act))])
                if not proxy.has_cut():
                    break
            assert_sound(from_the_start=True)

            deed.act()

            assert (outcome(), effects()) == whole, f"commit {number}"
            assert not Booking.objects.filter(pool_status="processing").exists()
            attempts = Booking.objects.values_list("pool_processing_attempts", flat=True)
            assert set(attempts) <= {0}
            assert not AuditEvent.objects.filter(action="rescue").exists(), "a claim was forgotten"
            assert_sound(from_the_start=True)
    assert number > 3
