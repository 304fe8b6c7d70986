"""What is done once, however often it is asked for, killed or cut off; each on a fresh service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from assignment.audit import COMMAND
from assignment.enums import Mode
from assignment.models import Assignment, AuditEvent, Booking, Decision, Operation, Policy
from assignment.policies import current_policy
from pooling.emergency import process_emergency
from pooling.gate import gate, gate_all
from pooling.models import Plan, Run
from pooling.plans import apply_plan
from pooling.policy_switch import apply_policy
from pooling.processing import process_entries
from pooling.sweep import preview_sweep
from pooling.tick import tick
from pooling.undo import undo_run
from tests.factories.bookings import NOW, BookingFactory, after
from tests.faults.service import empty, make_service, sweep_it


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that is done once, however often it is asked for; ``first`` prepares it."""

    act: Callable[[], object]
    first: Callable[[], object] = lambda: None


def entries() -> object:
    """Process what there is, under one key."""
    ids = list(Booking.objects.filter(pool_status__isnull=False).values_list("pk", flat=True))
    return process_entries(ids, now=NOW, actor=COMMAND, key="chosen", reason="Now.")


def hold_some() -> None:
    """Let some bookings wait in the pool under either mode."""
    held = [BookingFactory.create(ref=f"held {n}", starts_at=after(days=30 + n)) for n in range(3)]
    gate([row.pk for row in held], now=after(hours=-2), actor=COMMAND)


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


def redo() -> object:
    """Undo the undo."""
    run = Run.objects.select_related("operation").get(kind=Plan.Kind.UNDO)
    return undo_run(run, now=NOW, actor=COMMAND, reason="It was right.")


def shown() -> object:
    """Store the plan that somebody is shown."""
    return preview_sweep(now=NOW)


def apply() -> object:
    """Apply that plan, without one row."""
    plan = Plan.objects.earliest("pk")
    left = list(Booking.objects.filter(ref="due 1").values_list("pk", flat=True))
    return apply_plan(plan, leave_out=left, now=NOW, actor=COMMAND, reason="As shown.")


DEEDS = {
    "sweep": Deed(act=sweep_it),
    "entries": Deed(act=entries),
    "policy": Deed(first=hold_some, act=switch),
    "emergency": Deed(act=emergency),
    "plan": Deed(first=shown, act=apply),
    "undo": Deed(first=sweep_it, act=undo),
    "redo": Deed(first=lambda: (sweep_it(), undo()), act=redo),
    "gate": Deed(act=lambda: gate_all(now=NOW, actor=COMMAND)),
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
