"""Runs: ticks, sweeps, chosen entries, the emergency override, undo."""

from __future__ import annotations

import datetime as dt

from assignment.audit import COMMAND
from assignment.errors import RefusedError
from pooling.emergency import preview_emergency, process_emergency, running_override
from pooling.models import Plan, Run
from pooling.processing import process_entries
from pooling.reports import RunReport
from pooling.sweep import preview_sweep, sweep
from pooling.tick import tick
from pooling.undo import preview_undo, undo_of, undo_run
from tests.model.book import LEAD_DAYS, OPEN
from tests.model.deeds.entering import some
from tests.model.world import Dice, World
from tests.pooling.steps import digest

PLAN_TABLES = ("pooling_plan", "pooling_planrow", "assignment_roster")


def results(report: RunReport) -> list[tuple[str, str, tuple[str, ...]]]:
    """Booking, result and people of each entry, by booking."""
    return sorted((row.booking, row.result, row.interpreters) for row in report.entries)


def do_tick(world: World, dice: Dice) -> None:
    """A tick gates, rescues, completes, readies, decides what is due, ends abandoned runs."""
    world.before_a_run()
    book, abandoned = world.book, world.unfinished()
    book.gate_all()
    book.rescue()
    book.complete()
    book.make_ready()
    due = book.takeable()
    if book.mode == "BALANCE":
        due = [
            row
            for row in due
            if row.starts_at <= world.now + dt.timedelta(days=LEAD_DAYS["BALANCE"][row.kind] - 1)
        ]
    must = {row.ref for row in due}
    backoff = {row.ref for row in book.of("ready")} - {row.ref for row in book.takeable()}
    report = tick(now=world.now, actor=COMMAND)
    if abandoned:
        world.take_over((), may=book.entries)
    else:
        woken = backoff & {row.booking for row in report.entries}
        world.take_over(must | woken)
        assert {row.booking for row in report.entries} == must | woken
    assert not world.unfinished()


def sweep_a_slot(world: World, dice: Dice) -> None:
    """A sweep decides everything due, exactly as its preview says when nobody intervenes."""
    book, slot = world.book, world.next("slot")
    shown = preview(world, sweeping=True) if dice.random() < 0.5 else None
    rescued = book.rescue()
    book.gate_all()
    book.make_ready()
    must = {row.ref for row in book.takeable()}
    report = sweep(now=world.now, slot=slot, actor=COMMAND)
    world.take_over(must)
    assert {row.booking for row in report.entries} == must
    if shown and not rescued:
        assert results(shown) == results(report)
    world.slots.append(slot)


def sweep_again(world: World, dice: Dice) -> None:
    """A slot that is done answers with its stored result."""
    if world.slots:
        slot = dice.choice(world.slots)
        with world.unchanged():
            assert sweep(now=world.now, slot=slot, actor=COMMAND).repeated


def preview(world: World, *, sweeping: bool) -> RunReport:
    """A preview, which writes nothing but its plan."""
    before = digest(without=PLAN_TABLES)
    shown = preview_sweep(now=world.now) if sweeping else preview_emergency(now=world.now)
    assert digest(without=PLAN_TABLES) == before
    return shown


def process(world: World, dice: Dice) -> None:
    """Decide chosen entries now, twice under one key: the second time nothing happens."""
    chosen, key = some(world, dice), world.next("process")
    must = {row.ref for row in world.book.of("waiting", "ready") if row.ref in chosen}
    order = {"now": world.now, "actor": COMMAND, "key": key, "reason": "Now."}
    run = process_entries(world.ids(chosen), **order)  # type: ignore[arg-type]
    world.take_over(must)
    with world.unchanged():
        again = process_entries(world.ids(sorted(world.book.entries)), **order)  # type: ignore[arg-type]
    assert again == run


def override(world: World, dice: Dice) -> None:
    """The emergency override decides everything open; it is refused while another one runs."""
    key = world.next("emergency")
    order = {"now": world.now, "actor": COMMAND, "reason": "Storm.", "key": key}
    if running_override():
        world.refused(lambda: process_emergency(**order), RefusedError)  # type: ignore[arg-type]
        return
    shown = preview(world, sweeping=False)
    must = {row.ref for row in world.book.of(*OPEN)}
    held = {row.ref for row in world.book.of("processing")}
    done = process_emergency(**order)  # type: ignore[arg-type]
    world.take_over(must)
    assert results(done.report) == results(shown)
    assert set(done.held) == held
    figures = done.as_json()
    parts = ("assigned", "escalated", "failed", "skipped")
    assert sum(figures[name] for name in parts) == figures["total"] == len(must) + len(held)
    world.emergencies.append(key)


def override_again(world: World, dice: Dice) -> None:
    """The same key answers with the stored result, whatever else is there by now."""
    if world.emergencies and running_override() is None:
        order = {"now": world.now, "actor": COMMAND, "key": dice.choice(world.emergencies)}
        with world.unchanged():
            first = process_emergency(**order, reason="Storm.")  # type: ignore[arg-type]
        assert first.report.repeated


def undo(world: World, dice: Dice) -> None:
    """Take one of the latest runs back, be it an undo itself; twice is once."""
    runs = list(Run.objects.select_related("operation").order_by("-pk")[:6])
    if not runs:
        return
    run = dice.choice(runs)
    order = {"now": world.now, "actor": COMMAND, "reason": "By mistake."}
    if run.state != Run.State.DONE:
        world.refused(lambda: undo_run(run, **order), RefusedError)  # type: ignore[arg-type]
        return
    if undo_of(run) is None:
        with world.unchanged():
            shown = preview_undo(run, now=world.now)
        done = undo_run(run, **order)  # type: ignore[arg-type]
        assert (done.undone, done.kept) == (shown.undone, shown.kept)
        learn_undone(world, done.undone, binding=run.kind == Plan.Kind.UNDO)
    elif undo_of(run) in world.unfinished():
        return
    with world.unchanged():
        undo_run(run, **order)  # type: ignore[arg-type]


def learn_undone(world: World, refs: tuple[str, ...], *, binding: bool) -> None:
    """What was bound is with a person now, or the other way round; nothing has started."""
    before = {ref: world.book.entries[ref] for ref in refs}
    world.take_over((), may=refs)
    states = [("approved", ""), ("escalated", "undone")]
    old, new = reversed(states) if binding else states
    for ref in refs:
        was, entry = before[ref], world.book.entries[ref]
        assert ((was.state, was.why), (entry.state, entry.why)) == (old, new)
        assert entry.starts_at > world.now
        assert bool(entry.people) is binding
