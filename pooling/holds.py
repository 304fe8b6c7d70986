"""Claiming on hold: while a hold stands nothing is claimed, whoever asks (fail closed).

A person sets one for a reason, and lifts it. The start-up check and the error path set
automatic ones; the next tick lifts those as soon as their cause is gone. Reading, the gate
and what people do by hand go on.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from assignment.audit import Actor, Entry, record
from assignment.errors import InputError, RefusedError
from assignment.failures import DATABASE_ERRORS, classify
from pooling.models import ClaimHold

log = logging.getLogger(__name__)

Cause = ClaimHold.Cause
BALLAST = 1_000_000
"""Characters that must fit before a database counts as having space again."""
SHORTEST, LONGEST = 5, 500
WHAT_TO_DO: dict[str, str] = {
    Cause.HAND: "an operator lifts it on the dashboard, or “manage.py claim_hold --lift --reason "
    "'It is over'”.",
    Cause.SCHEMA: "run “manage.py check_schema”; the hold ends by itself when that is green.",
    Cause.STORAGE: "give the database space or memory; the hold ends by itself within 2 minutes.",
}
FAILED: dict[str, tuple[str, str]] = {
    "full": (Cause.STORAGE, "The database could not store what was decided."),
    "skew": (Cause.SCHEMA, "The database lacks a table or column that the code needs."),
}
"""Which hold a failure of the database itself sets, by its kind."""
Probe = Callable[[], str]


class ClaimHoldError(RefusedError):
    """Claiming is on hold; the message says why and what to do."""

    code = "claim_hold"


def standing() -> list[ClaimHold]:
    """Return the holds that stand, oldest first."""
    return list(that_stand())


def that_stand() -> QuerySet[ClaimHold]:
    """Return the query of the holds that stand, oldest first."""
    return ClaimHold.objects.filter(lifted_at__isnull=True).order_by("pk")


def sentence(hold: ClaimHold) -> str:
    """Return why nothing is claimed, and what to do."""
    reason = hold.reason.rstrip(".")
    return f"Claiming is on hold: {reason}; {WHAT_TO_DO[hold.cause]}"


def require_none() -> None:
    """Raise ClaimHoldError while any hold stands."""
    first = that_stand().first()
    if first:
        raise ClaimHoldError(sentence(first))


def set_hold(cause: str, *, reason: str, actor: Actor) -> bool:
    """Write: let nothing be claimed any more; False when such a hold stands already.

    Raises InputError for a reason that is too short or too long.
    """
    reason = _checked(reason)
    try:
        with transaction.atomic():
            hold = ClaimHold.objects.create(cause=cause, reason=reason, set_by=actor.name)
            _audit(hold, "hold_claims", to_state="on hold", reason=reason, actor=actor)
    except IntegrityError:
        return False
    log.error("claiming is on hold: %s", reason)
    return True


def lift(cause: str, *, reason: str, actor: Actor) -> bool:
    """Write: let claims be made again as far as this cause goes; False when none stands.

    Raises InputError for a reason that is too short or too long.
    """
    reason = _checked(reason)
    with transaction.atomic():
        rows = ClaimHold.objects.filter(cause=cause, lifted_at__isnull=True)
        hold = rows.select_for_update().first()
        if hold is None:
            return False
        rows.update(lifted_at=Now(), lifted_by=actor.name, lift_reason=reason, ballast="")
        _audit(hold, "lift_hold", to_state="lifted", reason=reason, actor=actor)
    log.warning("claiming is no longer on hold: %s", reason)
    return True


def review(*, actor: Actor) -> int:
    """Write: lift the automatic holds whose cause is gone; return how many.

    A probe that cannot be made leaves its hold standing.
    """
    lifted = 0
    for hold in standing():
        probe = PROBES.get(hold.cause)
        if probe is None:
            continue
        try:
            left = probe()
        except DATABASE_ERRORS as error:
            left = type(error).__name__
        if left:
            log.warning("the hold stays: %s", left)
        else:
            lifted += lift(hold.cause, reason="The cause is gone.", actor=actor)
    return lifted


@contextmanager
def set_by_failures(actor: Actor) -> Iterator[None]:
    """Write, when the database itself fails inside: set the hold that its failure calls for.

    A database that takes no changes at all takes no hold either; then no claim can be
    written, which comes to the same.
    """
    try:
        yield
    except DATABASE_ERRORS as error:
        wanted = FAILED.get(classify(error).kind)
        if wanted:
            try:
                set_hold(wanted[0], reason=wanted[1], actor=actor)
            except DATABASE_ERRORS:
                log.exception("the hold could not be written: %s", wanted[1])
        raise


def _space_is_back() -> str:
    """Write: what must fit, and commit it; return what is wrong, or nothing."""
    if connection.in_atomic_block:
        return "Whether there is space shows only at a commit."
    ballast = secrets.token_hex(BALLAST // 2)
    ClaimHold.objects.filter(cause=Cause.STORAGE, lifted_at__isnull=True).update(ballast=ballast)
    return ""


PROBES: dict[str, Probe] = {Cause.STORAGE: _space_is_back}
"""What tells whether the cause of an automatic hold is gone; upper floors add their own."""


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not SHORTEST <= len(reason) <= LONGEST or not reason.isprintable():
        raise InputError(f"Give a reason of {SHORTEST} to {LONGEST} printable characters.")
    return reason


def _audit(hold: ClaimHold, action: str, *, to_state: str, reason: str, actor: Actor) -> None:
    entry = Entry(
        action=action,
        object_type="claim_hold",
        object_ref=hold.cause,
        reason=reason,
        to_state=to_state,
    )
    record([entry], actor=actor)
