"""How bookings come in, move, and end."""

from __future__ import annotations

import datetime as dt

from assignment.audit import COMMAND
from pooling import entries
from pooling.changes import cancel_bookings
from pooling.gate import gate_all
from tests.model.book import CLOSED, OPEN, Book, Entry
from tests.model.world import Dice, World

KINDS = ("General", "General", "VIP", "DR", "Weekly", "Other")
DAYS = (0, 1, 1, 2, 3, 8, 9, 12, 20, 35)
HOURS = (1, 2, 8, 9, 9, 10, 23)
LANGUAGES = ("ja;th", "ja;th", "ja;th", "en;ja", "fr")


def some_time(book: Book, dice: Dice) -> tuple[dt.datetime, dt.datetime]:
    """Begin and end of a meeting, now and then in the past, or in the night of a change."""
    day = book.now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = day + dt.timedelta(days=dice.choice(DAYS), hours=dice.choice(HOURS))
    return start, start + dt.timedelta(minutes=dice.choice((30, 60, 60, 120)))


def new_entry(world: World, dice: Dice) -> Entry:
    """A booking in the book that the service does not know yet."""
    start, end = some_time(world.book, dice)
    entry = Entry(
        ref=world.next("BK"),
        kind=dice.choice(KINDS),
        starts_at=start,
        ends_at=end,
        languages=dice.choice(LANGUAGES),
        needed=dice.choice((1, 1, 1, 2)),
    )
    world.book.entries[entry.ref] = entry
    return entry


def enter(world: World, dice: Dice) -> None:
    """Import new bookings, with or without the gate."""
    fresh = [new_entry(world, dice) for _ in range(dice.randint(1, 4))]
    gate_them = dice.random() < 0.7
    assert not world.import_them([row.ref for row in fresh], gate_them=gate_them)
    for entry in fresh if gate_them else ():
        world.book.gate(entry)


def enter_wrongly(world: World, dice: Dice) -> None:
    """A file with one bad line among good ones changes nothing."""
    fresh = [new_entry(world, dice) for _ in range(3)]
    bad = dice.choice(fresh)
    bad.ends_at = bad.starts_at
    with world.unchanged():
        assert len(world.import_them([row.ref for row in fresh])) == 1
    for entry in fresh:
        del world.book.entries[entry.ref]


def enter_again(world: World, dice: Dice) -> None:
    """The same content once more moves nobody."""
    known = [row.ref for row in world.book.entries.values()]
    if known:
        assert not world.import_them(dice.sample(known, min(3, len(known))))


def move(world: World, dice: Dice) -> None:
    """Reschedule: what is pooled passes the gate anew, who is bound is checked again."""
    if not world.book.entries:
        return
    entry = world.book.entries[dice.choice(sorted(world.book.entries))]
    old = (entry.starts_at, entry.ends_at)
    entry.starts_at, entry.ends_at = some_time(world.book, dice)
    if (entry.starts_at, entry.ends_at) == old:
        return
    if entry.state in (*CLOSED, "processing"):
        with world.unchanged():
            assert len(world.import_them([entry.ref])) == 1
        entry.starts_at, entry.ends_at = old
        return
    assert not world.import_them([entry.ref])
    if entry.state == "approved" and still_fit(world.book, entry):
        return
    world.book.gate(entry)


def still_fit(book: Book, entry: Entry) -> bool:
    """Whether the people of an approved booking could be bound to it as it is now."""
    return set(entry.people) <= set(book.could_do(entry))


def gate(world: World, dice: Dice) -> None:
    """The gate sees what it has not seen."""
    gate_all(now=world.now, actor=COMMAND)
    world.book.gate_all()


def cancel(world: World, dice: Dice) -> None:
    """Cancel one booking, whatever its state; one that is over stays."""
    if not world.book.entries:
        return
    entry = world.book.entries[dice.choice(sorted(world.book.entries))]
    over = entry.state in CLOSED or (entry.state == "approved" and entry.ends_at <= world.now)
    done = cancel_bookings(world.ids([entry.ref]), now=world.now, actor=COMMAND, reason="Off.")
    assert done == (0 if over else 1)
    if not over:
        entry.leave_the_pool("cancelled")


def retry(world: World, dice: Dice) -> None:
    """Send what failed or needs a person through the gate, and leave all others."""
    chosen = some(world, dice)
    done = entries.retry(world.ids(chosen), now=world.now, actor=COMMAND, reason="Again.")
    again = [row for row in world.book.of("failed", "escalated") if row.ref in chosen]
    assert done == len(again)
    for entry in again:
        world.book.gate(entry)


def escalate(world: World, dice: Dice) -> None:
    """Hand what nobody processes to a person."""
    chosen = some(world, dice)
    done = entries.escalate(world.ids(chosen), now=world.now, actor=COMMAND, reason="Mine.")
    handed = [row for row in world.book.of("ungated", *OPEN) if row.ref in chosen]
    assert done == len(handed)
    for entry in handed:
        entry.leave_the_pool("escalated", why="by_hand")


def take_from_worker(world: World, dice: Dice) -> None:
    """Release by hand: the worker's token no longer counts, the attempt is not charged."""
    chosen = some(world, dice)
    done = entries.release(world.ids(chosen), now=world.now, actor=COMMAND, reason="Mine.")
    freed = [row for row in world.book.of("processing") if row.ref in chosen]
    assert done == len(freed)
    for entry in freed:
        entry.state, entry.token, entry.attempts = "ready", "", entry.attempts - 1


def some(world: World, dice: Dice) -> list[str]:
    """Up to four refs, whatever their state."""
    refs = sorted(world.book.entries)
    return sorted(dice.sample(refs, min(len(refs), dice.randint(1, 4))))
