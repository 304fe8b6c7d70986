"""What a lead, the people themselves and the clock do."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import transaction

from assignment.audit import COMMAND
from assignment.availability import note_available
from assignment.engine import binding
from assignment.errors import InputError, StaleError
from assignment.models import Leave
from assignment.policies import current_policy
from assignment.policy_json import InvalidPolicyError
from pooling import rechecks
from pooling.policy_switch import PolicyConflictError, apply_policy, preview
from tests.model.book import LEAD_DAYS
from tests.model.deeds.entering import still_fit
from tests.model.world import Dice, World

HOUR = dt.timedelta(hours=1)
STEPS = (
    dt.timedelta(seconds=1),
    dt.timedelta(minutes=7),
    2 * HOUR,
    6 * HOUR,
    20 * HOUR,
    dt.timedelta(days=3),
    dt.timedelta(days=400),
)
CHANGES = ((3, 25), (10, 25))
"""Days of the year from which the last Sunday of the month is looked for."""


def go_on(world: World, dice: Dice) -> None:
    """Let time pass: seconds, hours, days, now and then a year, or up to a change of clocks."""
    if dice.random() < 0.2:
        world.book.now = next_change(world.now) + dice.choice((-1, 0, 1)) * HOUR / 2
    else:
        world.book.now += dice.choices(STEPS, weights=(3, 4, 4, 4, 3, 2, 0.2))[0]


def next_change(now: dt.datetime) -> dt.datetime:
    """When the clocks of Paris change next, an hour or more from now."""
    days = [
        dt.datetime(year, month, day, 1, tzinfo=dt.UTC)
        for year in (now.year, now.year + 1)
        for month, first in CHANGES
        for day in range(first, 32)
    ]
    return next(day for day in days if day.weekday() == 6 and day > now + HOUR)


def switch(world: World, dice: Dice) -> None:
    """Another mode, as its preview says; the same mode does nothing."""
    mode = dice.choice(sorted(LEAD_DAYS))
    values = replace(current_policy(), mode=mode)
    with world.unchanged():
        shown = preview(values, now=world.now)
    order = {"reason": "Peak.", "now": world.now, "actor": COMMAND, "acknowledged": None}
    report = apply_policy(values, **order)  # type: ignore[arg-type]
    assert report.impact == shown.impact
    assert report.changed is (mode != world.book.mode)
    if report.changed:
        world.book.switch(mode)
    with world.unchanged():
        assert not apply_policy(values, **order).changed  # type: ignore[arg-type]


def switch_wrongly(world: World, dice: Dice) -> None:
    """No reason, another version, another pool, a weight too large: nothing changes."""
    known = current_policy()
    other = replace(known, mode="URGENT" if known.mode != "URGENT" else "NORMAL")
    order = {"reason": "Peak.", "now": world.now, "actor": COMMAND, "acknowledged": None}
    heavy = replace(known, mode="CUSTOM", custom=replace(known.custom, w_fair=6))
    values, change, error = dice.choice(
        (
            (other, {"reason": " "}, InputError),
            (other, {"base_version": known.version + 1}, PolicyConflictError),
            (other, {"expected": "another pool"}, StaleError),
            (heavy, {}, InvalidPolicyError),
        )
    )
    if "base_version" in change:
        order["base_version"] = known.version - 1
    world.refused(lambda: apply_policy(values, **order | change), error)  # type: ignore[arg-type]


def go_on_leave(world: World, dice: Dice) -> None:
    """A leave; who is bound then and cannot any more is withdrawn and decided anew."""
    person = world.book.people[dice.choice("ABCD")]
    start = world.now + dice.choice((6, 24, 72)) * HOUR
    end = start + dice.choice((4, 24, 24 * 14)) * HOUR
    if has_begun(world, person.ref):
        return
    with transaction.atomic():
        binding.lock_people([world.person(person.ref)])
        Leave.objects.create(interpreter_id=world.person(person.ref), starts_at=start, ends_at=end)
        rechecks.note_people([world.person(person.ref)], now=world.now, reason="Leave.")
    person.leaves.append((start, end))
    rechecks.work_off(now=world.now, actor=COMMAND)
    check_again(world, person.ref)


def come_back(world: World, dice: Dice) -> None:
    """A leave is taken out again."""
    person = world.book.people[dice.choice("ABCD")]
    if person.leaves:
        start, end = person.leaves.pop()
        with transaction.atomic():
            binding.lock_people([world.person(person.ref)])
            leave = Leave.objects.filter(
                interpreter__ref=person.ref, starts_at=start, ends_at=end
            ).first()
            assert leave
            leave.delete()
            note_available([(world.person(person.ref), None, None)], reason="Back.")


def change_activity(world: World, dice: Dice) -> None:
    """Somebody stops working here, or begins again."""
    person = world.book.people[dice.choice("ABCD")]
    if not has_begun(world, person.ref):
        person.active = not person.active
        world.write_people()
        check_again(world, person.ref)


def has_begun(world: World, person: str) -> bool:
    """Whether the person is bound to something that has begun and is not completed."""
    mine = [row for row in world.book.of("approved") if person in row.people]
    return any(row.starts_at <= world.now for row in mine)


def check_again(world: World, person: str) -> None:
    """What the person cannot do any more passes the gate anew."""
    for entry in world.book.of("approved"):
        if person in entry.people and not still_fit(world.book, entry):
            world.book.gate(entry)
