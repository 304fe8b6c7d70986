"""A walk: the deeds that a seed chooses, one after the other, and the state they end in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from django.db.models import QuerySet

from assignment.models import Assignment, AuditEvent, Booking, Decision, Policy
from pooling.models import Run
from tests.model.deeds import breaking, claiming, deciding, entering, ruling
from tests.model.world import START, Dice, World

Deed = Callable[[World, Dice], None]

DEEDS: dict[Deed, int] = {
    entering.enter: 8,
    entering.enter_wrongly: 1,
    entering.enter_again: 1,
    entering.move: 4,
    entering.gate: 2,
    entering.cancel: 2,
    entering.retry: 3,
    entering.escalate: 1,
    entering.take_from_worker: 2,
    claiming.claim: 8,
    claiming.oversleep: 2,
    claiming.finish: 4,
    claiming.fail: 4,
    claiming.give_back: 1,
    claiming.renew: 1,
    claiming.die: 1,
    claiming.let_time_pass: 3,
    claiming.rescue: 3,
    deciding.do_tick: 6,
    deciding.sweep_a_slot: 4,
    deciding.sweep_again: 1,
    deciding.process: 3,
    deciding.override: 1,
    deciding.override_again: 1,
    deciding.undo: 4,
    ruling.go_on: 6,
    ruling.switch: 3,
    ruling.switch_wrongly: 1,
    ruling.go_on_leave: 3,
    ruling.come_back: 2,
    ruling.change_activity: 2,
    breaking.refuse_the_trail: 3,
    breaking.spoil_and_repair: 3,
}
"""What can happen on either database alike, and how often it does."""


def walk(
    seed: int,
    *,
    steps: int,
    folder: Path,
    start: dt.datetime = START,
    backwards: bool = False,
) -> dict[str, Any]:
    """Let some bookings in, do so many deeds; return where that ended."""
    dice, world = Random(seed), World(folder=folder, start=start, backwards=backwards)
    for _ in range(3):
        entering.enter(world, dice)
    deeds = dice.choices(list(DEEDS), weights=list(DEEDS.values()), k=steps)
    for step, deed in enumerate(deeds):
        try:
            deed(world, dice)
            world.agree()
        except Exception as error:
            error.add_note(f"seed {seed}, step {step}: {deed.__name__}")
            raise
    return outcome(world)


COLUMNS: dict[str, tuple[QuerySet[Any], str]] = {
    "bookings": (
        Booking.objects.order_by("ref"),
        "ref state version pool_status pool_deadline_time pool_entry_time pool_fence"
        " pool_processing_attempts pool_next_attempt_at escalated_at escalation_code",
    ),
    "work": (
        Assignment.objects.order_by("booking__ref", "pk"),
        "booking__ref interpreter__ref position starts_at ends_at state",
    ),
    "decisions": (
        Decision.objects.order_by("booking__ref", "pk"),
        "booking__ref outcome reason_code reason_text",
    ),
    "runs": (Run.objects.order_by("pk"), "kind slot state assigned escalated failed pooled"),
    "policies": (Policy.objects.order_by("version"), "version mode"),
    "trail": (
        AuditEvent.objects.filter(object_type="booking").order_by("object_ref", "pk"),
        "object_ref action from_state to_state reason_code attempt fence",
    ),
}
"""All that must be equal: no keys of rows, no tokens."""


def outcome(world: World) -> dict[str, Any]:
    """Where a world has come to, as JSON; instants in seconds since its start."""

    def plain(value: Any) -> Any:
        return (value - world.start).total_seconds() if isinstance(value, dt.datetime) else value

    return {
        name: [[plain(value) for value in row] for row in rows.all().values_list(*names.split())]
        for name, (rows, names) in COLUMNS.items()
    }
