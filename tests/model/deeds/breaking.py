"""What must not happen: death at a statement, a trail that refuses, rows changed by hand."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import connection

from assignment.audit import COMMAND
from assignment.failures import DATABASE_ERRORS
from assignment.models import Assignment, Booking
from assignment.policies import current_policy
from monitoring.repair import repair_integrity
from pooling import entries, pool
from pooling.changes import cancel_bookings
from pooling.emergency import process_emergency, running_override
from pooling.gate import gate_all
from pooling.models import Run
from pooling.policy_switch import apply_policy
from pooling.pool.states import OUT_OF_POOL
from pooling.processing import process_entries
from pooling.sweep import sweep
from pooling.tick import tick
from pooling.undo import undo_of, undo_run
from tests.faults.forks import Execute
from tests.model.book import LEAD_DAYS, OPEN, Book, differences, stored
from tests.model.deeds.entering import new_entry, some, still_fit
from tests.model.watch import codes, expected_codes
from tests.model.world import Dice, World
from tests.pooling.refusing import trail_that_refuses

Verb = Callable[[], object]
DAY = dt.timedelta(days=1)


class DeathError(BaseException):
    """The process ends here; nothing of the product catches it."""


class Death:
    """Comes before the n-th statement."""

    def __init__(self, *, at: int) -> None:
        self.left = at

    def __call__(
        self, execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Execute, or die."""
        self.left -= 1
        if self.left == 0:
            raise DeathError
        return execute(sql, params, many, context)


def kill_a_run(world: World, dice: Dice) -> None:
    """Die somewhere in a run; begun again under its key, or by the next tick, it is ended."""
    world.before_a_run()
    known = {run.pk for run in world.unfinished()}
    verb = dice.choice((sweeping, processing, overriding, undoing, ticking))(world, dice)
    with suppress(DeathError), connection.execute_wrapper(Death(at=dice.randint(1, 90))):
        verb()
    world.database_time_passes()
    if dice.random() < 0.5:
        verb()
        assert {run.pk for run in world.unfinished()} <= known
    world.book.entries = stored()
    world.book.expired |= {row.token for row in world.book.of("processing")}


def sweeping(world: World, dice: Dice) -> Verb:
    """A sweep of a new slot."""
    slot, now = world.next("killed"), world.now
    return lambda: sweep(now=now, slot=slot, actor=COMMAND)


def ticking(world: World, dice: Dice) -> Verb:
    """A tick."""
    now = world.now
    return lambda: tick(now=now, actor=COMMAND)


def processing(world: World, dice: Dice) -> Verb:
    """Chosen entries."""
    ids, key, now = world.ids(some(world, dice)), world.next("killed"), world.now
    return lambda: process_entries(ids, now=now, actor=COMMAND, key=key, reason="Now.")


def overriding(world: World, dice: Dice) -> Verb:
    """An emergency override, unless one runs."""
    if running_override():
        return ticking(world, dice)
    key, now = world.next("killed"), world.now
    return lambda: process_emergency(now=now, actor=COMMAND, reason="Storm.", key=key)


def undoing(world: World, dice: Dice) -> Verb:
    """The undo of the latest run that was not taken back."""
    done = Run.objects.filter(state=Run.State.DONE).select_related("operation").order_by("-pk")
    run = next((run for run in done[:6] if undo_of(run) is None), None)
    if run is None:
        return ticking(world, dice)
    now = world.now
    return lambda: undo_run(run, now=now, actor=COMMAND, reason="By mistake.")


def kill_a_change(world: World, dice: Dice) -> None:
    """Die somewhere in a change that is one transaction: all is old, or all is new."""
    name = dice.choice(sorted(CHANGES))
    after = copy.deepcopy(world.book)
    verb = CHANGES[name](world, after, dice)
    with suppress(DeathError), connection.execute_wrapper(Death(at=dice.randint(1, 40))):
        verb()
    if current_policy().mode == after.mode and not differences(after, stored()):
        world.book = after
    assert current_policy().mode == world.book.mode


def switching(world: World, after: Book, dice: Dice) -> Verb:
    """Another mode."""
    mode = dice.choice(sorted(LEAD_DAYS))
    values, order = replace(current_policy(), mode=mode), {"reason": "Peak.", "now": world.now}
    if mode != after.mode:
        after.switch(mode)
    return lambda: apply_policy(values, actor=COMMAND, acknowledged=None, **order)  # type: ignore[arg-type]


def cancelling(world: World, after: Book, dice: Dice) -> Verb:
    """Cancel whatever has not ended, of some."""
    chosen = some(world, dice)
    ids, now = world.ids(chosen), world.now
    for row in after.of("ungated", *OPEN, "processing", "escalated", "approved"):
        if row.ref in chosen and (row.state != "approved" or row.ends_at > now):
            row.leave_the_pool("cancelled")
    return lambda: cancel_bookings(ids, now=now, actor=COMMAND, reason="Off.")


def retrying(world: World, after: Book, dice: Dice) -> Verb:
    """Send some through the gate again."""
    chosen = some(world, dice)
    ids, now = world.ids(chosen), world.now
    for row in after.of("failed", "escalated"):
        if row.ref in chosen:
            after.gate(row)
    return lambda: entries.retry(ids, now=now, actor=COMMAND, reason="Again.")


CHANGES = {"switch": switching, "cancel": cancelling, "retry": retrying}


def refuse_the_trail(world: World, dice: Dice) -> None:
    """What the audit trail cannot tell does not happen."""
    ids, now, key = world.ids(some(world, dice)), world.now, world.next("refused")
    order: dict[str, Any] = {"now": now, "actor": COMMAND}
    done = Run.objects.filter(state=Run.State.DONE).select_related("operation").last()
    verbs: dict[str, Verb] = {
        "cancel": lambda: cancel_bookings(ids, **order, reason="Off."),
        "claim": lambda: pool.claim(
            pool.takeable(now=now), limit=5, actor=COMMAND, operation_key=key
        ),
        "escalate": lambda: entries.escalate(ids, **order, reason="Mine."),
        "gate": lambda: gate_all(**order),
        "import": lambda: import_one(world, dice),
        "override": lambda: (
            running_override() or process_emergency(**order, reason="Storm.", key=key)
        ),
        "process": lambda: process_entries(ids, **order, key=key, reason="Now."),
        "release": lambda: entries.release(ids, **order, reason="Mine."),
        "rescue": lambda: pool.rescue(actor=COMMAND),
        "retry": lambda: entries.retry(ids, **order, reason="Again."),
        "sweep": lambda: sweep(slot=key, **order),
        "switch": lambda: apply_policy(
            replace(current_policy(), mode=dice.choice(sorted(LEAD_DAYS))),
            **order,
            reason="Peak.",
            acknowledged=None,
        ),
        "undo": lambda: done and undo_run(done, **order, reason="By mistake."),
    }
    verb = verbs[dice.choice(sorted(verbs))]
    with world.unchanged(), trail_that_refuses(), suppress(*DATABASE_ERRORS):
        verb()


def import_one(world: World, dice: Dice) -> None:
    """A booking that does not come in."""
    entry = new_entry(world, dice)
    path = world.bookings_file([entry.ref])
    del world.book.entries[entry.ref]
    world.import_file(path)


def spoil_and_repair(world: World, dice: Dice) -> None:
    """A row changed by hand is found under its own code, put right once, and then left."""
    code = SPOILS[dice.choice(sorted(SPOILS))](world, dice)
    expected = expected_codes(world.book)
    with world.unchanged():
        assert codes(world) == sorted([*expected, *code])
    repair_integrity(now=world.now, actor=COMMAND, schema=False)
    if "completion_overdue" in expected:
        world.book.complete()
    if "entry_lease_expired" in expected:
        world.book.rescue()
    with world.unchanged():
        again = repair_integrity(now=world.now, actor=COMMAND, schema=False)
    assert (again.repaired, again.findings) == (0, ())


def withdraw(world: World, dice: Dice) -> list[str]:
    """Somebody loses their work without a word; it is decided anew."""
    coming = [row for row in world.book.of("approved") if row.starts_at > world.now]
    if not coming:
        return []
    entry = dice.choice(coming)
    work = Assignment.objects.filter(booking__ref=entry.ref, state="active")
    work.filter(position=1).update(state="withdrawn")
    world.book.gate(entry)
    return ["approved_incomplete"]


def vanish(world: World, dice: Dice) -> list[str]:
    """An entry falls out of the pool; the trail takes note of it."""
    pooled = world.book.of(*OPEN)
    if not pooled:
        return []
    entry = dice.choice(pooled)
    Booking.objects.filter(ref=entry.ref).update(**OUT_OF_POOL)
    entry.leave_the_pool("ungated")
    return ["trail_state_differs"]


def shift(world: World, dice: Dice) -> list[str]:
    """A booking moves away from its people; they follow if they can."""
    coming = [row for row in world.book.of("approved") if row.starts_at > world.now]
    if not coming:
        return []
    entry = dice.choice(coming)
    bound = len(entry.people)
    entry.starts_at, entry.ends_at = entry.starts_at + DAY, entry.ends_at + DAY
    times = {"starts_at": entry.starts_at, "ends_at": entry.ends_at}
    Booking.objects.filter(ref=entry.ref).update(**times)
    if not still_fit(world.book, entry):
        world.book.gate(entry)
    return ["work_time_differs"] * bound


def miscount(world: World, dice: Dice) -> list[str]:
    """A run tells of more than it did."""
    done = Run.objects.filter(state=Run.State.DONE).order_by("pk")
    if not done:
        return []
    run = dice.choice(list(done))
    Run.objects.filter(pk=run.pk).update(assigned=run.assigned + 1)
    return ["run_counts_differ"]


SPOILS = {"withdraw": withdraw, "vanish": vanish, "shift": shift, "miscount": miscount}
