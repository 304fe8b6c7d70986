"""Workers: they take entries, finish, fail, give back, freeze, die, and come back too late."""

from __future__ import annotations

import datetime as dt

from assignment.audit import COMMAND
from assignment.errors import LeaseLostError
from assignment.models import Booking, Operation
from pooling import pool
from pooling.chunk import Work, apply_chunk
from pooling.planning import draft_plan, store_plan
from tests.model.book import MOST_CLAIMS, SAFETY, Entry
from tests.model.world import Dice, Worker, World

BASE = dt.timedelta(seconds=30)
CAP = dt.timedelta(minutes=15)


def claim(world: World, dice: Dice) -> None:
    """Take the most pressing entries, and decide what to write about them."""
    limit, key = dice.randint(1, 3), world.next("work")
    expected = world.book.takeable()[:limit]
    rows = pool.takeable(now=world.now)
    claimed = pool.claim(rows, limit=limit, actor=COMMAND, operation_key=key)
    refs = dict(Booking.objects.filter(pk__in=claimed.ids).values_list("pk", "ref"))
    assert [refs[pk] for pk in claimed.ids] == [row.ref for row in expected]
    for entry in expected:
        entry.state, entry.token = "processing", claimed.token
        entry.attempts, entry.fence = entry.attempts + 1, entry.fence + 1
    if claimed.ids:
        refs_held = tuple(row.ref for row in expected)
        world.workers.append(worker(world, key, token=claimed.token, refs=refs_held))


def worker(world: World, key: str, *, token: str, refs: tuple[str, ...]) -> Worker:
    """A worker with its plan, made on the facts of this moment."""
    operation = Operation.objects.create(
        key=key, kind="work", business_now=world.now, actor="model", reason="Model."
    )
    mine = Booking.objects.filter(ref__in=refs).select_related("team")
    draft = draft_plan(lambda _: mine, now=world.now)
    plan = store_plan(draft, kind="entries", now=world.now)
    work = Work(operation=operation, policy=draft.policy, now=world.now, actor=COMMAND)
    return Worker(token=token, refs=refs, rows=tuple(plan.rows.order_by("place")), work=work)


def finish(world: World, dice: Dice) -> None:
    """Bind and settle what is still held, however old the token and the plan are."""
    one = leave(world, dice)
    if one:
        write(world, one)


def oversleep(world: World, dice: Dice) -> None:
    """Somebody sleeps past a lease; who took over holds it when the sleeper writes."""
    claim(world, dice)
    if world.workers:
        sleeper = world.workers.pop()
        let_time_pass(world, dice)
        rescue(world, dice)
        claim(world, dice)
        write(world, sleeper)


def write(world: World, one: Worker) -> None:
    """Let a worker bind and settle; what it lost stays as it is."""
    held = {row.ref for row in held_by(world, one)}
    work = Work(**vars(one.work) | {"now": world.now})
    if not held:
        with world.unchanged():
            assert apply_chunk(list(one.rows), token=one.token, work=work) == []
        return
    stale = {row.booking.ref for row in apply_chunk(list(one.rows), token=one.token, work=work)}
    assert stale <= held
    world.take_over((), may=held - stale)
    for row in one.rows:
        if row.booking.ref in held - stale:
            entry = world.book.entries[row.booking.ref]
            assert entry.state == ("escalated" if row.reason_code else "approved")
            assert [world.person(ref) for ref in entry.people] == row.chosen
    for ref in stale:
        give_up(world, world.book.entries[ref])


def fail(world: World, dice: Dice) -> None:
    """Every entry that is held led to nothing; a token that lost it changes nothing."""
    one = leave(world, dice)
    if one is None:
        return
    for ref in sorted(set(one.refs) - {row.ref for row in held_by(world, one)}):
        lost = Booking.objects.get(ref=ref)
        world.refused(
            lambda lost=lost: pool.release(  # type: ignore[misc]
                lost, token=one.token, error="Late.", now=world.now, actor=COMMAND
            ),
            LeaseLostError,
        )
    for entry in held_by(world, one):
        give_up(world, entry)


def give_up(world: World, entry: Entry) -> None:
    """Release one entry: ready after the backoff, with a person, or a dead letter."""
    booking = Booking.objects.get(ref=entry.ref)
    token, now = entry.token, world.now
    to = pool.release(booking, token=token, error="It broke.", now=now, actor=COMMAND)
    wait = min(CAP, BASE * 2 ** (entry.attempts - 1))
    last = entry.starts_at - SAFETY - now
    if entry.attempts > MOST_CLAIMS:
        assert to == "failed"
    elif last >= 1.2 * wait:
        assert to == "ready"
    elif last < 0.8 * wait:
        assert to == "escalated"
    if to == "escalated":
        entry.leave_the_pool("escalated", why="no_time_left")
        return
    entry.state, entry.token = to, ""
    if to == "ready":
        booking.refresh_from_db()
        entry.not_before = booking.pool_next_attempt_at
        assert entry.not_before
        assert now + 0.8 * wait <= entry.not_before <= now + 1.2 * wait


def give_back(world: World, dice: Dice) -> None:
    """Give back what is held, uncharged."""
    one = leave(world, dice)
    if one is None:
        return
    mine = held_by(world, one)
    rows = list(Booking.objects.filter(ref__in=[row.ref for row in mine]))
    pool.unclaim(rows, token=one.token, reason="Not now.", actor=COMMAND)
    for entry in mine:
        entry.state, entry.token, entry.attempts = "ready", "", entry.attempts - 1


def renew(world: World, dice: Dice) -> None:
    """Push the lease of what is still held."""
    if not world.workers:
        return
    one = dice.choice(world.workers)
    assert pool.renew(one.token) == len(held_by(world, one))
    world.book.expired.discard(one.token)


def die(world: World, dice: Dice) -> None:
    """A worker is gone, with all that it held."""
    leave(world, dice)


def let_time_pass(world: World, dice: Dice) -> None:
    """Every worker sleeps past its lease."""
    world.database_time_passes()


def rescue(world: World, dice: Dice) -> None:
    """Free what is held under a lease that ran out."""
    assert pool.rescue(actor=COMMAND) == world.book.rescue()


def leave(world: World, dice: Dice) -> Worker | None:
    """One of the workers, who does not come back."""
    if not world.workers:
        return None
    return world.workers.pop(dice.randrange(len(world.workers)))


def held_by(world: World, one: Worker) -> list[Entry]:
    """The entries that carry the token of a worker."""
    return [row for row in world.book.of("processing") if row.token == one.token]
