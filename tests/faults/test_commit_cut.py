"""The connection is cut at a COMMIT, before or after the server has seen it: one effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import pytest

from assignment.audit import COMMAND
from assignment.enums import Mode
from assignment.models import Assignment, AuditEvent, Booking, Decision, Operation, Policy
from assignment.policies import current_policy
from pooling.emergency import process_emergency
from pooling.models import Run
from pooling.policy_switch import apply_policy
from pooling.processing import process_entries
from pooling.tick import tick
from pooling.undo import undo_run
from tests.factories.bookings import NOW
from tests.faults.forks import fork, wait_for
from tests.faults.proxy import cutting
from tests.faults.service import State, empty, make_service, outcome, sweep_it
from tests.invariants import assert_sound

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that is done once, however often it is asked for; ``first`` prepares it."""

    act: Callable[[], object]
    first: Callable[[], object] = lambda: None


def entries() -> object:
    """Process what there is, under one key."""
    ids = list(Booking.objects.filter(pool_status__isnull=False).values_list("pk", flat=True))
    return process_entries(ids, now=NOW, actor=COMMAND, key="chosen", reason="Now.")


def switch() -> object:
    """Put URGENT in force, and let a tick take what became due."""
    values = replace(current_policy(), mode=Mode.URGENT)
    apply_policy(values, reason="Storm.", now=NOW, actor=COMMAND, acknowledged=None)
    return tick(now=NOW, actor=COMMAND)


def emergency() -> object:
    """Override, under one key."""
    return process_emergency(now=NOW, actor=COMMAND, reason="Storm.", key="emergency:one")


def undo() -> object:
    """Undo the sweep."""
    run = Run.objects.select_related("operation").order_by("pk").first()
    assert run
    return undo_run(run, now=NOW, actor=COMMAND, reason="Wrong list.")


DEEDS = {
    "sweep": Deed(act=sweep_it),
    "entries": Deed(act=entries),
    "policy": Deed(act=switch),
    "emergency": Deed(act=emergency),
    "undo": Deed(first=sweep_it, act=undo),
}


def prepare(deed: Deed) -> None:
    """The same service again, under the first policy."""
    empty()
    Policy.objects.exclude(version=1).delete()
    make_service()
    deed.first()


def effects() -> dict[str, int]:
    """How often each thing happened that must happen once."""
    events = AuditEvent.objects.exclude(action__in=("claim", "rescue", "unclaim"))
    return {
        "assignments": Assignment.objects.count(),
        "decisions": Decision.objects.count(),
        "events": events.filter(object_type="booking").count(),
        "runs": Run.objects.exclude(kind="tick").count(),
        "operations": Operation.objects.exclude(kind="tick").count(),
    }


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_cut_at_any_commit_leaves_one_effect(name: str, after: bool) -> None:
    deed = DEEDS[name]
    prepare(deed)
    deed.act()
    whole: tuple[State, dict[str, int]] = (outcome(), effects())
    assert_sound(from_the_start=True)

    for number in count(1):
        prepare(deed)
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
        assert_sound(from_the_start=True)
    assert number > 3
