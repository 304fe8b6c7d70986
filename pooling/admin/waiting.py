"""Why an entry is not assigned yet, when it is tried next, and what would cure it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assignment.enums import PoolStatus
from assignment.models import Booking
from assignment.wording import ended
from pooling.admin.cells import distance
from pooling.models import CureOffer


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What one entry waits for: the reason, its next attempt, and the cure, in words.

    The last two are empty where nothing is wrong: it is decided when its time has come.
    """

    why: str
    next_attempt: str = ""
    cure: str = ""


UNTIL_DEADLINE = Waiting(why="Until its deadline.")
DUE = Waiting(why="Due: the next tick or sweep takes it.")


def waiting_of(entry: Booking, *, now: dt.datetime) -> Waiting:
    """Return what the entry waits for at this moment; one that somebody can take names them."""
    found = _by_status(entry, now=now)
    offer = cure_of(entry)
    if offer is None:
        return found
    cure = f"{offer.interpreter.name} could take it now: retry it."
    return Waiting(why=found.why, next_attempt=found.next_attempt, cure=cure)


def cure_of(booking: Booking) -> CureOffer | None:
    """Return the offer of somebody who could take a booking that needs a person."""
    return getattr(booking, "cure", None)


def _by_status(entry: Booking, *, now: dt.datetime) -> Waiting:
    until, again = entry.pool_deadline_time, entry.pool_next_attempt_at
    if entry.pool_status == PoolStatus.FAILED:
        return Waiting(
            why=entry.pool_last_error or "Deciding it failed again and again.",
            next_attempt="none by itself",
            cure="Put right what the error says, then retry it.",
        )
    if entry.pool_status == PoolStatus.PROCESSING:
        return Waiting(
            why="A worker is deciding it.", next_attempt="now", cure=_rescue(entry, now=now)
        )
    if entry.pool_status == PoolStatus.WAITING and until and until > now:
        return UNTIL_DEADLINE
    if again and again > now:
        return Waiting(
            why=entry.pool_last_error or "The last attempt did not succeed.",
            next_attempt=distance(again, now=now),
            cure="It is tried at once when somebody who can take it becomes available.",
        )
    if entry.pool_last_error:
        return Waiting(
            why=f"Due again. The last attempt: {ended(entry.pool_last_error)}",
            next_attempt="within a minute",
        )
    return DUE


def _rescue(entry: Booking, *, now: dt.datetime) -> str:
    if entry.pool_lease_until is None:
        return ""
    if entry.pool_lease_until > now:
        left = distance(entry.pool_lease_until, now=now)
        return f"Nothing to do: should its worker have died, it is free {left}."
    return "Its worker is gone: the next tick frees it."
